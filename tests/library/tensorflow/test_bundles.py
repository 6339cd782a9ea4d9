"""Bundles: what is written is read again; what is broken or hostile is refused, and nothing is left half-written."""

import io
import json
import os
import pickle
import shutil
import sys
import zipfile

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import CharLM, CharVocabulary, bundles, checksums, weight_files
from tests.support.helpers import close, normal


def tiny():
    model = CharLM(CharVocabulary("abcé\n"), cell="gru", units=4, layers=1)
    model.build((None, None))
    for n, v in enumerate(model.weights):
        v.assign(normal(*v.shape, seed=n))
    return model


@pytest.fixture(scope="module")
def model():
    return tiny()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty house for bundles."""
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def bundle(model, home):
    """The folder of a good bundle, named char_lm/letters."""
    return rnn_models.save_bundle(model, home / "char_lm" / "letters", {"nats": 1.25}, "# 글자 model\n")


def everything(folder):
    """All files below a folder, hidden ones too, with their content."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# -------------------------------------------------------------------------------------------- there and back


def test_what_is_saved_is_what_is_loaded(model, bundle):
    loaded = rnn_models.load("char_lm/letters")
    assert type(loaded) is CharLM and loaded.vocabulary == model.vocabulary
    assert loaded.settings == model.settings
    assert (loaded.scores, loaded.card) == ({"nats": 1.25}, "# 글자 model\n")
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        assert theirs.dtype == "float32"
        close(theirs, keras.ops.convert_to_numpy(ours).astype("float16"), 0)
    close(loaded.score("abcé\nab"), model.score("abcé\nab"), 0.01)


def test_a_bundle_is_four_plain_files_and_their_sums(bundle):
    files = ["README.md", "SHA256SUMS", "config.json", "scores.json", "weights.npz"]
    assert sorted(p.name for p in bundle.iterdir()) == files
    with np.load(bundle / "weights.npz", allow_pickle=False) as stored:
        assert {stored[n].dtype for n in stored.files} == {np.dtype("float16")}
    config = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
    assert (config["format"], config["task"]) == (1, "char_lm")
    assert bundle.stat().st_mode & 0o777 == 0o755


def test_single_precision_on_demand(model, home):
    folder = rnn_models.save_bundle(model, home / "exact", {}, "", dtype="float32")
    loaded = rnn_models.load(folder)
    close(loaded.weights, model.weights, 0)


def test_by_name_and_by_path(bundle, home, monkeypatch):
    by_name = rnn_models.load("char_lm/letters")
    monkeypatch.delenv("RNN_MODELS_DIR")
    for path in (bundle, str(bundle)):
        close(rnn_models.load(path).score("ab"), by_name.score("ab"), 0)


def test_a_folder_that_an_argument_names(bundle, home, monkeypatch, tmp_path):
    by_name = rnn_models.load("char_lm/letters")
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path / "nowhere"))
    assert rnn_models.available(folder=home) == ["char_lm/letters"] and rnn_models.available() == []
    close(rnn_models.load("char_lm/letters", folder=home).score("ab"), by_name.score("ab"), 0)
    with pytest.raises(ValueError, match="no bundle 'char_lm/lettres'.*Bundles here: char_lm/letters"):
        rnn_models.load("char_lm/lettres", folder=str(home))


def test_a_bundle_of_the_hub(bundle, monkeypatch):
    """What is fetched from where: tests/library/plain/test_hub.py."""
    asked = []
    monkeypatch.setattr(bundles, "download", lambda *arguments: asked.append(arguments) or bundle)
    close(rnn_models.load("me/letters", hub=True, revision="v1").score("ab"), rnn_models.load(bundle).score("ab"), 0)
    assert asked == [("me/letters", "v1", bundles.FILES)]
    monkeypatch.setattr(bundles, "NUMBERS_OF_A_STRANGER", 100)
    with pytest.raises(ValueError, match="holds .* numbers; from the Hub at most 100 are read"):
        rnn_models.load("me/letters", hub=True)
    flipped(bundle / "scores.json", 2)
    with pytest.raises(ValueError, match="scores.json is not the file that was saved"):
        rnn_models.load("me/letters", hub=True)
    for wrong in ({"hub": True, "folder": "models"}, {"revision": "v1"}):
        with pytest.raises(ValueError, match="hub is "):
            rnn_models.load("me/letters", **wrong)
    assert len(asked) == 3


def test_no_initialiser_is_run_and_other_variables_have_their_values(bundle, monkeypatch):
    def fail(self, shape, dtype=None):
        raise AssertionError(f"numbers were drawn for {shape}, which the bundle's replace")

    for kind in ("Orthogonal", "GlorotUniform", "RandomUniform"):
        monkeypatch.setattr(getattr(keras.initializers, kind), "__call__", fail)
    loaded = rnn_models.load(bundle)
    assert all(variable.value is not None for variable in loaded.variables)
    loaded(np.zeros((2, 3), "int32"), training=True)
    with pytest.raises(AssertionError, match="numbers were drawn"):
        tiny()


@pytest.mark.parametrize("change", [{"units": 10_000_000}, {"layers": 10**9}, {"embedding": 10**8}], ids=str)
def test_what_is_far_too_large_is_refused_before_it_is_built(change, bundle):
    """The shapes are compared with the headers; nothing of that size is made, and no error tells of memory."""
    changed(bundle, **change)
    with pytest.raises(ValueError, match="by config.json|other weights than config"):
        rnn_models.load(bundle)
    leaf = keras.layers.Dense(2)  # and Keras has forgotten the variables
    with keras.StatelessScope():
        leaf.build((None, 3))
    assert leaf.kernel.shape == (3, 2)


def test_arrays_are_packed_so_that_they_are_unpacked_fast(home):
    """By bzip2 only where it saves a tenth."""
    few = np.random.default_rng(1).integers(0, 9, 100_000).astype("float16")
    any_ = np.random.default_rng(1).normal(size=100_000).astype("float16")
    weight_files.write_arrays(home / "weights.npz", {"any": any_, "few": few})
    with zipfile.ZipFile(home / "weights.npz") as archive:
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert kinds == {"any.npy": zipfile.ZIP_DEFLATED, "few.npy": zipfile.ZIP_BZIP2}
    read = weight_files.read_arrays(home / "weights.npz", {"any": any_.shape, "few": few.shape})
    assert np.array_equal(read["any"], any_) and np.array_equal(read["few"], few)


def test_headers_are_read_without_pythons_parser(home, monkeypatch):
    """Python 3.11's fails where two threads parse at once, and a sound bundle was called damaged."""
    matrix = np.asfortranarray(np.arange(12, dtype="float32").reshape(3, 4))
    weight_files.write_arrays(home / "weights.npz", {"matrix": matrix, "vector": matrix[0], "number": matrix[0, 1]})

    def fail(*arguments, **options):
        raise SystemError("AST constructor recursion depth mismatch (before=30, after=26)")

    with monkeypatch.context() as patch:  # pytest parses, too, when it tells of a failure
        patch.setattr("ast.parse", fail)
        read = weight_files.read_arrays(home / "weights.npz", {"matrix": (3, 4), "vector": (4,), "number": ()})
    assert np.array_equal(read["matrix"], matrix) and np.array_equal(read["vector"], matrix[0]) and read["number"] == 1


def test_what_is_there(bundle, home, model):
    rnn_models.save_bundle(model, home / "char_lm" / "another", {}, "")
    (home / "char_lm" / "empty").mkdir()
    (home / "sentiment" / "nsmc").mkdir(parents=True)
    (home / "sentiment" / "nsmc" / "config.json").write_text("{}")
    shutil.copytree(bundle, home / "char_lm" / ".letters-half")  # left by a process that was killed
    assert rnn_models.available() == ["char_lm/another", "char_lm/letters", "sentiment/nsmc"]
    assert rnn_models.available("char_lm") == ["char_lm/another", "char_lm/letters"]


def test_a_house_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path / "nowhere"))
    assert rnn_models.available() == []
    with pytest.raises(ValueError, match="Bundles here: none"):
        rnn_models.load("char_lm/letters")


# ---------------------------------------------------------------------------------------------------- refused
#
# Files that are not those that were saved: tests/library/plain/test_checksums.py. Here the sums are right.


def test_no_such_bundle(bundle):
    with pytest.raises(ValueError, match="no bundle 'char_lm/lettres'.*Bundles here: char_lm/letters. Give one of"):
        rnn_models.load("char_lm/lettres")


def changed(folder, **changes):
    """config.json with other values for the model."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["model"].update(changes)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    checksums.write(folder)


def rewritten(folder, change):
    """weights.npz after `change(arrays)`."""
    with np.load(folder / "weights.npz") as stored:
        arrays = {n: stored[n] for n in stored.files}
    change(arrays)
    np.savez(folder / "weights.npz", **arrays)
    checksums.write(folder)


def flipped(path, place):
    """A file with another bit at one place."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def first(arrays):
    return next(iter(arrays))


BROKEN = {
    "config.json cut short": (
        lambda f: (f / "config.json").write_bytes((f / "config.json").read_bytes()[:40]),
        "config.json cannot be read as JSON: .*Copy the bundle's folder whole",
    ),
    "config.json is no text": (lambda f: (f / "config.json").write_bytes(b"\xff\xfe\x00"), "cannot be read as JSON"),
    "config.json is a list": (lambda f: (f / "config.json").write_text("[1]"), "holds a list; expected a JSON object"),
    "config.json is deep": (lambda f: (f / "config.json").write_text("[" * 100_000), "cannot be read as JSON"),
    "another format": (
        lambda f: (f / "config.json").write_text('{"format": 2, "task": "char_lm"}'),
        "format 2 and task 'char_lm'; expected format 1 and a task among captioning, char_lm, .*another version",
    ),
    "an unknown task": (
        lambda f: (f / "config.json").write_text('{"format": 1, "task": "os:system"}'),
        "task 'os:system'; expected",
    ),
    "a task that is no name": (
        lambda f: (f / "config.json").write_text('{"format": 1, "task": ["char_lm"]}'),
        r"task \['char_lm'\]; expected",
    ),
    "no model": (
        lambda f: (f / "config.json").write_text('{"format": 1, "task": "char_lm"}'),
        "describes no model of the task 'char_lm': 'model'",
    ),
    "an unknown option": (lambda f: changed(f, hidden=3), "describes no model of the task .*hidden"),
    "a bad option": (lambda f: changed(f, units=-1), "describes no model .*units is -1; expected a positive"),
    "a bad vocabulary": (lambda f: changed(f, vocabulary={"symbols": "aa"}), "describes no model .*more than once"),
    "scores cut short": (lambda f: (f / "scores.json").write_text('{"nats": '), "scores.json cannot be read as JSON"),
    "no scores": (lambda f: (f / "scores.json").unlink(), "scores.json cannot be read as JSON"),
    "no weights": (lambda f: (f / "weights.npz").unlink(), "weights.npz is missing; expected the weights"),
    "weights cut short": (
        lambda f: (f / "weights.npz").write_bytes((f / "weights.npz").read_bytes()[:300]),
        "weights.npz cannot be read: .*Expected an .npz archive of plain arrays",
    ),
    "weights of length 0": (lambda f: (f / "weights.npz").write_bytes(b""), "weights.npz cannot be read"),
    "weights with a flipped bit": (
        lambda f: flipped(f / "weights.npz", 120),
        "weights.npz cannot be read",
    ),
    "one array, no archive": (
        lambda f: np.save((f / "weights.npz").open("wb"), np.zeros(3)),
        "weights.npz cannot be read",
    ),
    "weights of another width": (lambda f: changed(f, units=5), r"has shape .*; expected .* by config.json"),
    "weights of another model": (lambda f: changed(f, layers=2), r"holds other weights than .*: missing \['"),
    "a weight too many": (
        lambda f: rewritten(f, lambda a: a.update(extra=np.zeros(2))),
        r"missing \[\], left over \['extra'\]",
    ),
    "a weight too few": (lambda f: rewritten(f, lambda a: a.pop(first(a))), r"missing \['.*left over \[\]"),
    "a weight that is not finite": (
        lambda f: rewritten(f, lambda a: a[first(a)].fill(np.nan)),
        "values that are not finite",
    ),
    "weights that are text": (
        lambda f: rewritten(f, lambda a: a.update({first(a): a[first(a)].astype(str)})),
        "has dtype <U32 or values that are not finite; expected finite floating-point numbers",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_bundle_is_refused_with_a_clear_word(how, bundle):
    spoil, message = BROKEN[how]
    spoil(bundle)
    checksums.write(bundle)
    with pytest.raises(ValueError, match=f"(?s){message}"):
        rnn_models.load("char_lm/letters")


class Trap:
    """Unpickling it would make a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_no_pickle_is_ever_loaded(bundle, tmp_path):
    sprung = tmp_path / "sprung"
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.is_dir()  # the trap works
    sprung.rmdir()
    rewritten(bundle, lambda a: a.update({first(a): np.array([Trap(sprung)], dtype=object)}))
    with pytest.raises(ValueError, match="has dtype object or values"):
        rnn_models.load("char_lm/letters")
    (bundle / "weights.npz").write_bytes(pickle.dumps(Trap(sprung)))
    checksums.write(bundle)
    with pytest.raises(ValueError, match="weights.npz cannot be read"):
        rnn_models.load("char_lm/letters")
    with zipfile.ZipFile(bundle / "weights.npz", "w") as archive:
        archive.writestr("kernel.pkl", pickle.dumps(Trap(sprung)))
    checksums.write(bundle)
    with pytest.raises(ValueError, match="weights.npz"):
        rnn_models.load("char_lm/letters")
    assert not sprung.exists()


def test_no_code_that_a_bundle_names_is_run(bundle, tmp_path):
    sprung = tmp_path / "sprung"
    call = {"module": "os", "class_name": "mkdir", "config": {"path": str(sprung)}, "registered_name": None}
    for option in ("vocabulary", "cell", "units", "name"):
        shutil.copytree(bundle, tmp_path / "char_lm" / option)
        changed(tmp_path / "char_lm" / option, **{option: call})
        with pytest.raises(ValueError, match="describes no model"):
            rnn_models.load(f"char_lm/{option}")
    changed(bundle, dtype={**call, "module": "antigravity"})  # the reader's own precision counts
    assert rnn_models.load("char_lm/letters").dtype_policy.name == "float32"
    assert not sprung.exists() and "antigravity" not in sys.modules


def test_names_in_an_archive_write_no_files(bundle, tmp_path):
    before = set(everything(tmp_path))
    with np.load(bundle / "weights.npz") as stored:
        content = io.BytesIO()
        np.save(content, stored[stored.files[0]])
    with zipfile.ZipFile(bundle / "weights.npz", "a") as archive:
        archive.writestr("../../escaped.npy", content.getvalue())
    checksums.write(bundle)
    with pytest.raises(ValueError, match="left over"):
        rnn_models.load("char_lm/letters")
    assert set(everything(tmp_path)) == before


# ------------------------------------------------------------------------------------- nothing half-written


@pytest.mark.parametrize("replacing", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize("failure", ["weights", "scores", "disk", "last step", "interrupt"])
def test_a_save_that_fails_leaves_what_was_there(replacing, failure, model, home, monkeypatch):
    folder = home / "char_lm" / "letters"
    if replacing:
        rnn_models.save_bundle(model, folder, {"old": 1}, "old card")
    before = everything(home)
    broken, scores, expected = tiny(), {}, OSError
    if failure == "weights":
        broken.weights[0].assign(np.full(broken.weights[0].shape, 1e6, "float32"))
        expected = ValueError
    elif failure == "scores":
        scores, expected = {"model": object()}, TypeError
    elif failure == "disk":
        monkeypatch.setattr(weight_files, "write_arrays", fail_with(OSError("no space left on device")))
    elif failure == "interrupt":
        monkeypatch.setattr(weight_files, "write_arrays", fail_with(KeyboardInterrupt()))
        expected = KeyboardInterrupt
    else:
        replace, seen = os.replace, []

        def replace_but_the_new_one(source, target):
            if str(target) == str(folder) and not seen:
                seen.append(source)
                raise OSError("the disk is gone")
            return replace(source, target)

        monkeypatch.setattr(bundles.os, "replace", replace_but_the_new_one)
    with pytest.raises(expected):
        rnn_models.save_bundle(broken, folder, scores, "new card")
    assert everything(home) == before


def fail_with(error):
    def fail(*arguments, **options):
        raise error

    return fail


def test_a_bundle_is_replaced_whole(model, bundle, home):
    (bundle / "left over").write_text("of the old one")
    rnn_models.save_bundle(model, bundle, {"nats": 1.0}, "new")
    assert not (bundle / "left over").exists()
    assert rnn_models.load("char_lm/letters").scores == {"nats": 1.0}
    assert [p.name for p in bundle.parent.iterdir()] == ["letters"]


def test_a_folder_that_is_no_bundle_is_left_alone(model, home):
    (home / "thesis").mkdir()
    (home / "thesis" / "chapter.txt").write_text("do not delete")
    with pytest.raises(ValueError, match="exists and is no bundle; it is left as it is. Give another folder"):
        rnn_models.save_bundle(model, home / "thesis", {}, "")
    assert (home / "thesis" / "chapter.txt").read_text() == "do not delete"


def test_weights_that_float16_cannot_hold(home):
    model = tiny()
    model.weights[0].assign(np.full(model.weights[0].shape, 1e5, "float32"))
    with pytest.raises(ValueError, match=r"float16 cannot hold \(largest 1e\+05, or NaN\).*dtype='float32'"):
        rnn_models.save_bundle(model, home / "m", {}, "")
    model.weights[0].assign(np.full(model.weights[0].shape, np.nan, "float32"))
    with pytest.raises(ValueError, match="or NaN"):
        rnn_models.save_bundle(model, home / "m", {}, "", dtype="float32")
    assert not list(home.iterdir())


def test_a_model_of_no_task(home):
    with pytest.raises(ValueError, match="Sequential is no task's model; expected one of rnn_models.tasks.captioning"):
        rnn_models.save_bundle(keras.Sequential(), home / "m", {}, "")


def test_two_weights_of_one_name_are_refused(home, model, monkeypatch):
    """One of them would silently be missing: built outside of their layers, two projections are both called "keys"."""
    doubled = [*model.weights, model.weights[0]]
    monkeypatch.setattr(type(model), "weights", doubled)
    with pytest.raises(ValueError, match=f"one name: {model.weights[0].path}. Give"):
        rnn_models.save_bundle(model, home / "m", {}, "")
