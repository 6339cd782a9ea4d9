"""From the press of a button to its result, alike on every page: one call of `connect` a button.

    connect      the button says what is being done and takes no second press; Stop stops; the old result is grey until
                 the new one comes, and again when an input has changed since; the new one comes into view; an error
                 stands beside the field that is wrong; a text that was emptied empties the result
    Run.also     the same for other things that start it, such as examples
    progress     how far a run is, as HTML
    told_beside  the errors of any other handler, beside a field

In the browser `assets/run.js` and `assets/errors.js` do it. Ctrl+Enter or Shift+Enter in a field presses the nearest
button whose elem_id ends in "-start".
"""

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components.base import FormComponent
from gradio.context import LocalContext

from apps.shared.languages import both, label

WORKING = label("Working…", "처리 중…")
STOP = label("Stop", "멈춤")

Parts = gr.components.Component | Sequence[gr.components.Component] | None
_BROWSER: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_SKIPPED, _EMPTY = {"skip": True}, {"__type__": "update", "visible": False}


def stop_button(name: str) -> gr.Button:
    """The Stop of the button `NAME-start`; to be placed beside it. It is off while there is nothing to stop."""
    return gr.Button(STOP, min_width=80, elem_id=f"{name}-stop", elem_classes="rnn-stop")


def progress(done: int, total: int, what: str) -> str:
    """How far a run is. It is seen until the run ends; `what` is HTML."""
    bar = f'<progress max="{total}" value="{done}"></progress>'
    return f'<p class="rnn-progress" role="status">{bar} <span>{what} <b>{done:,} / {total:,}</b></span></p>'


def waiting(what: str) -> str:
    """What a run waits for, as HTML like that of `progress`."""
    return f'<p class="rnn-progress" role="status"><span>{what}</span></p>'


LOADING = waiting(both("Loading the model…", "모델을 불러오는 중…"))


@dataclass
class Run:
    """A start button that is connected.

    Attributes:
        start: the button; its elem_id names the run.
        stop: what stops it.
        inputs: of its function.
        outputs: where its result is shown.
        fields: the component for each name of a field that an error may be about.
        options: of all its events, such as `concurrency_id`.
        told: what the browser knows of it, see `assets/run.js`.
    """

    start: gr.Button
    stop: gr.Button | None
    inputs: list[gr.components.Component]
    outputs: list[gr.components.Component]
    fields: Mapping[str, gr.components.Component]
    options: dict[str, Any]
    told: dict[str, Any] = field(default_factory=dict)

    def also(self, event: Callable, function: Callable, inputs: Parts, outputs: Parts = None, **options: Any) -> Any:
        """Let another event start it, such as a click on an example.

        Args:
            event: what starts it, such as `dataset.click`.
            function: gets the values of `inputs`, and gives those of `outputs`; without `outputs`, of the run's own.
        """
        given, shown = _listed(inputs), self.outputs if outputs is None else _listed(outputs)
        making, own = [output.elem_id for output in shown], given == self.inputs
        begin = f"(...values) => rnnRun.begin({json.dumps(self.told)}, values, {json.dumps(making)}, {json.dumps(own)})"
        running = event(
            _beside(function, self.start.elem_id, self.fields),
            given,
            shown,
            js=begin,
            show_progress="hidden",
            **self.options,
            **options,
        )
        name = json.dumps(self.start.elem_id)
        # Gradio calls `then` after an answer, `failure` after an error, and both after a stop.
        running.failure(None, None, self.outputs, js=f"() => rnnRun.end({name}, true)", **_BROWSER)
        running.then(None, None, self.outputs, js=f"() => rnnRun.end({name}, false)", **_BROWSER)
        if self.stop is not None:
            stopping = f"() => rnnRun.stop({json.dumps(self.stop.elem_id)})"
            self.stop.click(None, None, None, cancels=[running], js=stopping, **_BROWSER)
        return running


def connect(
    start: gr.Button,
    function: Callable,
    inputs: Parts,
    outputs: Parts,
    *,
    stop: gr.Button | None = None,
    doing: str = WORKING,
    fields: Mapping[str, gr.components.Component] | None = None,
    aside: Sequence[gr.components.Component] = (),
    others: Sequence[gr.components.Component] = (),
    api_name: str | None = None,
    **options: Any,
) -> Run:
    """Let a button start a function.

    An error that the function raises stands beside the field that it is about: `validation.refusal(..., field=NAME)`,
    where NAME is that of the function's parameter, or one of `fields`. Programs get the same error as ever.

    Args:
        start: the button, with an elem_id.
        function: a generator where it may take more than two seconds: Stop takes hold where it yields.
        inputs, outputs: components; outputs without an elem_id are not greyed.
        stop: see `stop_button`; several runs may have the same one.
        doing: a `label` that the button shows meanwhile.
        fields: components for other names of fields.
        aside: inputs that make no other result, such as the pace.
        others: components that take no click meanwhile, such as the examples.
        options: of Gradio's events, for all that starts this run.
    """
    given, shown = _listed(inputs), _listed(outputs)
    results = [one for one in shown if one.elem_id and not isinstance(one, FormComponent)]  # no menus to fill in
    for output in results:
        output.elem_classes = [*output.elem_classes, "rnn-result"]
    named = dict(zip(inspect.signature(function).parameters, given, strict=False))
    run = Run(start, stop, given, shown, {**named, **(fields or {})}, options)
    run.told = {
        "start": start.elem_id,
        "stop": stop.elem_id if stop is not None else "",
        "doing": doing,
        "outputs": [output.elem_id for output in results],
        "others": [other.elem_id for other in others],
        "texts": [n for n, one in enumerate(given) if isinstance(one, gr.Textbox | gr.Image | gr.File)],
        "aside": [n for n, one in enumerate(given) if one in aside],
        "empty": [_empty(output) for output in shown],
    }
    run.also(start.click, function, given, api_name=api_name)
    changes = [one.change for one in given if hasattr(one, "change") and not isinstance(one, gr.State)]
    if changes:
        changed = f"(...values) => rnnRun.changed({json.dumps(run.told)}, values)"
        gr.on(changes, None, given, shown, js=changed, trigger_mode="multiple", **_BROWSER)
    return run


def _listed(parts: Parts) -> list[gr.components.Component]:
    return [] if parts is None else [parts] if isinstance(parts, gr.components.Component) else list(parts)


def _empty(output: gr.components.Component) -> Any:
    """What an output holds before the first run, as the browser is to be given it."""
    if isinstance(output, gr.HTML):
        return output.value or ""
    if isinstance(output, gr.File):
        return None
    return _EMPTY if isinstance(output, gr.DownloadButton) else _SKIPPED


# Errors beside fields --------------------------------------------------------------------------------


def told_beside(function: Callable, one: gr.components.Component, **fields: gr.components.Component) -> Callable:
    """The same function for an event without a button; its errors stand beside the field that they name, or `one`."""
    return _beside(function, "", {"": one, **fields})


def _beside(function: Callable, start: str, fields: Mapping[str, gr.components.Component]) -> Callable:
    """The same function, whose errors say to the page where they belong."""
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def steps(*arguments: Any, **options: Any) -> Iterator[Any]:
            with _placed(start, fields):
                yield from function(*arguments, **options)

        return steps

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with _placed(start, fields):
            return function(*arguments, **options)

    return call


@contextmanager
def _placed(start: str, fields: Mapping[str, gr.components.Component]) -> Iterator[None]:
    try:
        yield
    except gr.Error as error:
        if _asked_by_a_page():
            beside = fields.get(getattr(error, "field", "")) or fields.get("")
            place = f"{start} {beside.elem_id or '' if beside is not None else ''}"
            # Of the attributes in a message Gradio's page keeps this one. Programs get the message without it.
            error.message = f'{error.message}<i class="rnn-at" title="{place}"></i>'
        raise


def _asked_by_a_page() -> bool:
    """Whether this call comes from a page; programs and assistants call themselves "api" and "mcp"."""
    request = LocalContext.request.get(None)
    return request is not None and request.headers.get("x-gradio-user") == "app"
