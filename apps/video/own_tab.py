"""The tab "Your own clip": a file is labelled frame by frame, and the labels can be kept as CSV."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from apps.shared import links, model_titles, models, run, validation
from apps.shared.languages import label, markdown, sentences
from apps.video import clip_files, inference, strip_view
from apps.video.clips_tab import LABELLING, SHOWING
from apps.video.examples import LabelledClip
from apps.video.names import NETWORKS

OWN = markdown(
    f"""
A GIF, WebP or animated PNG, a zip with a numbered picture for each frame, or a CSV of points (`x,y`, and `second` if
you like): the tab Live saves such a file. At most {clip_files.BYTES_LIMIT // 10**6} MB, {clip_files.FRAMES_LIMIT}
pictures, {clip_files.POINTS_LIMIT:,} points. An animation is read at the model's pace, the pictures of a
zip one by one. A model of your own frames appears here, too: `python -m training.video train --frames`.
""",
    f"""
GIF, WebP, 움직이는 PNG, 프레임마다 번호를 붙인 그림의 zip, 또는 점의 CSV(`x,y`와, 있으면 `second`)를 올리세요. ‘실시간’
탭에서 그런 CSV를 저장할 수 있습니다. {clip_files.BYTES_LIMIT // 10**6} MB, 그림 {clip_files.FRAMES_LIMIT}장, 점
{clip_files.POINTS_LIMIT:,}개까지 됩니다. 움직이는 그림은 모델의 속도에 맞추어 읽고, zip의 그림은 한
장씩 읽습니다. 직접 학습한 모델도 여기에 나옵니다:
`python -m training.video train --frames`.
""",
)
FILE = label("The clip", "영상")
ANY = label("the first that reads such frames", "이런 프레임을 읽는 첫 모델")
EMPTY = f'<p class="rnn-empty">{sentences("Choose a file.", "파일을 고르세요.")}</p>'
_STRANGE = sentences(
    "This network knows only drawn scenes, in which simple figures move. Of any other picture its labels are guesses.",
    "이 신경망은 간단한 도형이 움직이는 그림만 배웠습니다. 다른 그림이라면 이 레이블은 추측일 뿐입니다.",
)


# What the buttons do ---------------------------------------------------------------------------------


def show_own(path: str | None, model: str = "", network: str = "causal") -> Iterator[tuple[str, Any]]:
    """The clip of a file and its strips as they come, HTML; in the end the labels of one network as a CSV file."""
    yield run.LOADING, gr.skip()
    with validation.user_errors():
        name, loaded, frames = inference.file_for(path, model)
        inference.checked_network(loaded, network)
        clip, found = LabelledClip(frames, []), []
        note = f'<p class="rnn-hints" role="note">{_STRANGE}</p>' if model_titles.short(name) == "scenes" else ""
        for result in inference.label_all(loaded, frames):
            found.append(result)
            yield note + strip_view.figure(loaded.inputs_kind, loaded.rate, loaded.networks, clip, found), gr.skip()
        shown = note + strip_view.figure(loaded.inputs_kind, loaded.rate, loaded.networks, clip, found)
        table = next(one for one in found if one.network == network).table()
    yield shown, gr.DownloadButton(value=_written(table), visible=True)


def _written(table: str) -> str:
    """The file of a table, which is deleted after an hour like an upload."""
    folder = Path(tempfile.mkdtemp(dir=gr.utils.get_upload_folder()))
    path = folder / "labels.csv"
    path.write_text(table, encoding="utf-8")
    return str(path)


# The tab ---------------------------------------------------------------------------------------------


def build() -> None:
    """Put the tab into the page."""
    names = [name for name in models.available(inference.TASK) if inference.inputs_of(name) in ("points", "pixels")]
    gr.Markdown(OWN)
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            file = gr.File(
                label=f"{FILE} (≤ {clip_files.BYTES_LIMIT // 10**6} MB)",
                file_types=clip_files.FILE_TYPES,
                type="filepath",
                height=150,
                elem_id="own-file",
            )
            choices = [(ANY, ""), *((inference.title(name), name) for name in names)]
            model = gr.Dropdown(choices, value="", label=label("Model", "모델"), elem_id="own-model")
            network = gr.Dropdown(
                [(label(*title), name) for name, title in NETWORKS.items()],
                value="causal",
                label=label("Network of the CSV", "CSV에 적을 신경망"),
                elem_id="own-network",
            )
            with gr.Row():
                start = gr.Button(
                    label("Label", "레이블 달기"),
                    variant="primary",
                    min_width=140,
                    elem_id="own-start",
                )
                stop = run.stop_button("own")
        with gr.Column(elem_classes="rnn-answers"):
            shown = strip_view.view(elem_id="own-shown")
            shown.value = EMPTY
            table = gr.DownloadButton(
                label("The labels as CSV", "레이블을 CSV로"), visible=False, size="sm", elem_id="own-table"
            )
    links.register(
        model=model,
        network=network,
        apart=("The file is not in the link.", "파일은 링크에 담기지 않습니다."),
    )
    run.connect(
        start,
        show_own,
        [file, model, network],
        [shown, table],
        stop=stop,
        doing=LABELLING,
        fields={"path": file, "file": file},
        api_name="show_own_clip",
        **SHOWING,
    )
