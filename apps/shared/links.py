"""Links that hold the state of a tab: `/translation?tab=steer&model=...&text=...&lang=ko&run=1`.

    register    a tab names its settings; it gets the button "Copy link"
    page_of     what a page is built in: the line above its tabs that says what of a link was left out, and the event
                that reads a link

A link is read on the server, each setting like any input: what is out of its bounds is left out, in words, and the
rest is applied. `tab` opens a tab, `lang` (en, ko, both) shows a language, `run=1` presses the tab's start button,
`observation` stands for the tab and the settings of a guided observation, `presenter=1` shows the page to a class.
`assets/links.js` writes links, and hands those over with which the page was opened.
"""

import html
import json
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from apps.shared import observations as observation_views
from apps.shared.events import SMALL
from apps.shared.languages import label, sentences
from apps.shared.link_settings import Setting, UnfitError, setting_of
from apps.shared.observations import Observation

LINK_LIMIT = 6_000  # characters of what stands behind "?"; servers in front cut longer addresses off
NAMES_LIMIT = 40
RESERVED = ("tab", "lang", "run", "observation", "presenter")
LANGUAGES = ("en", "ko", "both")
OTHERS = ("__", "utm_", "fbclid", "gclid")  # what Gradio, Spaces and those who count visitors put into addresses
SHOWN = 60  # characters of what a link asked for
COPY, CLOSE = label("Copy link", "링크 복사"), label("Close", "닫기")


@dataclass(frozen=True)
class Tab:
    """A tab of a page.

    Attributes:
        name: its id; "" for a page without tabs.
        tabs: the tabs among which it is; None for a page without.
        start: the elem_id of the button that `run=1` presses; "" for none.
        settings: what a link to it can hold, by the name in the link.
        second: what can be done with the result of `start`; None for nothing.
    """

    name: str
    tabs: gr.Tabs | None
    start: str
    settings: dict[str, Setting]
    second: "Second | None" = None

    def all(self) -> dict[str, Setting]:
        """The settings of both steps."""
        return self.settings | (self.second.settings if self.second else {})


@dataclass(frozen=True)
class Second:
    """What can be done with the result of a tab's start button, such as to steer a translation.

    Attributes:
        start: the button that does it; it may be one that nobody sees.
        shows: CSS that finds the result of the first step once it is there.
        settings: by the name in the link; without one of them in the link the second step is not taken.
    """

    start: gr.Button
    shows: str
    settings: dict[str, Setting]


@dataclass
class LinkedPage:
    """The tabs of a page whose links are read, its guided observations, and what has moved to other pages."""

    tabs: list[Tab] = field(default_factory=list)
    observations: dict[str, Observation] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)

    def tab(self, name: str) -> Tab | None:
        """The tab of that name."""
        return next((tab for tab in self.tabs if tab.name == name), None)


@dataclass(frozen=True)
class Reading:
    """What a link asks for.

    Attributes:
        tab: the tab that it opens; None: it opens none.
        values: by the name of the setting, what each of its targets is set to.
        left_out: HTML, a sentence for each part that was left out.
    """

    tab: Tab | None
    values: dict[str, list[Any]]
    left_out: list[str]


_open: LinkedPage | None = None  # the page that is being built


# For pages -------------------------------------------------------------------------------------------


def register(
    start: gr.Button | None = None,
    second: Second | None = None,
    apart: Sequence[str] = (),
    **settings: gr.components.Component | Setting,
) -> None:
    """Let links hold the settings of the tab that is open, and put the button "Copy link" here.

    Args:
        start: the tab's start button, whose elem_id is `NAME-start`.
        second: what can be done with its result.
        apart: English and Korean, said to whoever copies a link: what of the tab is not in it.
        settings: by the name in the link; components whose bounds are known from themselves, or `link_settings`.
    """
    name, tabs = _place()
    named = {key: setting_of(given) for key, given in settings.items()}
    tab = Tab(name, tabs, start.elem_id if start else "", named, second)
    if clash := sorted(set(tab.all()) & set(RESERVED)):
        raise ValueError(f"Every link has {', '.join(clash)} already; give the setting another name.")
    copy = gr.Button(COPY, size="sm", elem_classes="rnn-copy-link", elem_id=f"{name or 'page'}-link")
    known = {
        "tab": name,
        "button": copy.elem_id,
        "limit": LINK_LIMIT,
        "apart": apart,
        "names": list(tab.all()),
        "words": [one.words for one in tab.all().values()],
        "needed": [one.needed for one in tab.all().values()],
    }
    script = f"(...values) => rnnLinks.copy({json.dumps(known, ensure_ascii=False)}, values)"
    copy.click(None, [one.source for one in tab.all().values()], None, js=script, **SMALL)
    if _open is not None:
        _open.tabs.append(tab)


@contextmanager
def page_of(observations: Sequence[Observation] = (), moved: Mapping[str, str] | None = None) -> Iterator[LinkedPage]:
    """Build a page in here, and links to it are read; those of its observations are shown whose models there are.

    Args:
        moved: tabs and observations that are on other pages now, by name; links to them lead there.
    """
    global _open
    before, page = _open, LinkedPage(moved=moved or {})
    note = gr.HTML("", apply_default_css=False, elem_id="link-note")
    listed = gr.HTML("", apply_default_css=False, elem_id="observations")
    _open = page
    try:
        yield page
    finally:
        _open = before
    page.observations = {one.name: one for one in observations if _can_be_made(page, one)}
    listed.value = observation_views.listed(list(page.observations.values()))
    gr.HTML(observation_views.panels(list(page.observations.values())), apply_default_css=False, elem_id="observed")
    if page.tabs:
        _connect(page, note)


def _can_be_made(page: LinkedPage, one: Observation) -> bool:
    """Whether its tab and its models are there."""
    asked = urllib.parse.urlencode({"tab": one.tab, **one.settings})
    return not read(page, asked).left_out


def _place() -> tuple[str, gr.Tabs | None]:
    """The id of the tab that is open, and the tabs among which it is."""
    block, name = gr.context.Context.block, ""
    while block is not None:
        if isinstance(block, gr.Tab) and not name:
            name = str(block.id)
        if isinstance(block, gr.Tabs) and name:
            return name, block
        block = block.parent
    return name, None


def _connect(page: LinkedPage, note: gr.HTML) -> None:
    targets = _targets(page)
    groups = list(dict.fromkeys(tab.tabs for tab in page.tabs if tab.tabs is not None))
    query, whole = gr.Textbox(visible=False), gr.Checkbox(visible=False)

    def follow(link: str, whole: bool) -> list[Any]:
        """Set what a link asks for; `whole`: the other settings of its tab are set as they were at first."""
        found = read(page, link)
        values = {id(target): gr.skip() for target in targets}
        if found.tab is not None:
            for key, setting in found.tab.settings.items():
                given = found.values.get(key, setting.first() if whole else None)
                if given is not None:
                    values |= {id(target): value for target, value in zip(setting.targets, given, strict=True)}
        chosen = [
            gr.Tabs(selected=found.tab.name) if found.tab and found.tab.tabs is group else gr.skip() for group in groups
        ]
        return [*values.values(), *chosen, _note(found.left_out)]

    # A button, since an event of the page's loading would ask the server for every visitor.
    button = gr.Button(visible="hidden", elem_id="link-follow")
    event = button.click(follow, [query, whole], [*targets, *groups, note], js="() => rnnLinks.asked()", **SMALL)
    known = {
        "starts": {tab.name: tab.start for tab in page.tabs if tab.start},
        "seconds": {
            tab.name: {"names": list(tab.second.settings), "shows": tab.second.shows, "start": tab.second.start.elem_id}
            for tab in page.tabs
            if tab.second
        },
        "observations": {one.name: {"tab": one.tab, **one.settings} for one in page.observations.values()},
    }
    told = json.dumps(known, ensure_ascii=False)
    event.then(None, None, None, js=f"() => rnnLinks.followed({told})", **SMALL)
    _connect_second(page, told)
    arrive = f"() => rnnLinks.arrive({json.dumps(dict(page.moved))})"
    gr.context.Context.root_block.load(None, None, None, js=arrive, **SMALL)


def _connect_second(page: LinkedPage, known: str) -> None:
    """The event that sets the settings of second steps."""
    settings = [one for tab in page.tabs if tab.second for one in tab.second.settings.values()]
    if not settings:
        return
    query = gr.Textbox(visible=False)
    targets = [target for one in settings for target in one.targets]

    def follow(link: str) -> list[Any] | Any:
        found = read(page, link)
        own = found.tab.second.settings if found.tab and found.tab.second else {}
        values = {
            id(target): value
            for name in own
            for target, value in zip(own[name].targets, found.values.get(name, ()), strict=False)
        }
        given = [values.get(id(target), gr.skip()) for target in targets]
        return given if len(given) > 1 else given[0]

    button = gr.Button(visible="hidden", elem_id="link-second")
    event = button.click(follow, query, targets, js="() => rnnLinks.asked()[0]", **SMALL)
    event.then(None, None, None, js=f"() => rnnLinks.followedSecond({known})", **SMALL)


def _targets(page: LinkedPage) -> list[gr.components.Component]:
    found = {id(target): target for tab in page.tabs for one in tab.settings.values() for target in one.targets}
    return list(found.values())


# Reading ---------------------------------------------------------------------------------------------


def read(page: LinkedPage, link: str) -> Reading:
    """What a link asks of a page; `link` is all that stands behind "?"."""
    link = str(link or "").removeprefix("?")
    if len(link) > LINK_LIMIT:
        return Reading(None, {}, [_too_long(len(link))])
    try:
        parts = urllib.parse.parse_qsl(link, keep_blank_values=True, max_num_fields=NAMES_LIMIT)
    except ValueError:
        return Reading(None, {}, [_too_many()])
    asked, left_out = {}, []
    for name, value in parts:
        if name.startswith(OTHERS):
            continue
        if name in asked:
            left_out.append(_left_out(name, value, "it stands there twice", "두 번 적혀 있습니다"))
        else:
            asked[name] = value
    if observation := page.observations.get(asked.get("observation", "")):
        asked = {"tab": observation.tab, **observation.settings, **asked}
    tab = _tab_of(page, asked, left_out)
    values = {}
    for name, value in asked.items():
        try:
            if name == "observation" and value in page.moved:
                left_out.append(_moved(name, value, page.moved))
            elif name in RESERVED:
                _check_reserved(page, name, value)
            elif tab is not None:
                values[name] = _setting(tab, name).read(value)
        except UnfitError as unfit:
            left_out.append(_left_out(name, value, unfit.english, unfit.korean))
    return Reading(tab, values, left_out)


def _tab_of(page: LinkedPage, asked: Mapping[str, str], left_out: list[str]) -> Tab | None:
    """The tab that a link names; without a name the first one, if something is asked of it."""
    names = [tab.name for tab in page.tabs]
    if "tab" not in asked:
        return page.tabs[0] if set(asked) - set(RESERVED) else None
    found = page.tab(asked["tab"])
    if found is None and asked["tab"] in page.moved:
        left_out.append(_moved("tab", asked["tab"], page.moved))
    elif found is None:
        unfit = UnfitError.choice(names)
        left_out.append(_left_out("tab", asked["tab"], unfit.english, unfit.korean))
        rest = [name for name in asked if name not in RESERVED]
        if rest:
            shown = html.escape(", ".join(rest)[:SHOWN])
            left_out.append(
                sentences(
                    f"Without a tab there was no place for <q>{shown}</q>.",
                    f"탭을 알 수 없어 <q>{shown}</q>도 뺐습니다.",
                )
            )
    return found


def _check_reserved(page: LinkedPage, name: str, value: str) -> None:
    choices = {"lang": LANGUAGES, "run": ("1",), "presenter": ("0", "1"), "observation": tuple(page.observations)}
    expected = choices.get(name)
    if expected is not None and value not in expected:
        raise UnfitError.choice(expected)


def _setting(tab: Tab, name: str) -> Setting:
    settings = tab.all()
    if name not in settings:
        names = ", ".join([*settings, *RESERVED])
        raise UnfitError(f"this tab knows only: {names}", f"이 탭에서 쓸 수 있는 이름: {names}")
    return settings[name]


# What of a link was left out -------------------------------------------------------------------------


def _left_out(name: str, value: str, english: str, korean: str) -> str:
    asked = f"{name}={value}"
    shown = html.escape(asked if len(asked) <= SHOWN else f"{asked[: SHOWN - 1]}…")
    english, korean = html.escape(english), html.escape(korean)
    return sentences(
        f"The link asked for <q>{shown}</q>; it was left out: {english}.",
        f"링크의 <q>{shown}</q> 부분은 적용하지 않았습니다({korean}).",
    )


def _moved(name: str, value: str, moved: Mapping[str, str]) -> str:
    """Said where the other page is not served here; else the browser goes there, see `assets/links.js`."""
    return _left_out(
        name, value, f"it stands on the page /{moved[value]} now", f"지금은 /{moved[value]} 화면에 있습니다"
    )


def _too_long(length: int) -> str:
    return sentences(
        f"The link has {length:,} characters; at most {LINK_LIMIT:,} are read. Nothing of it was applied.",
        f"링크가 {length:,}자입니다. {LINK_LIMIT:,}자까지만 읽으므로 적용하지 않았습니다.",
    )


def _too_many() -> str:
    return sentences(
        f"The link has more than {NAMES_LIMIT} settings. Nothing of it was applied.",
        f"링크의 설정이 {NAMES_LIMIT}개를 넘어 적용하지 않았습니다.",
    )


def _note(left_out: Sequence[str]) -> str:
    """The line above the tabs; "" where all of a link was applied."""
    if not left_out:
        return ""
    lines = "".join(f"<p>{line}</p>" for line in left_out)
    close = f'<button type="button" class="rnn-close" aria-label="{CLOSE}">×</button>'
    return f'<div class="rnn-hints" role="alert"><b aria-hidden="true">?</b><div>{lines}</div>{close}</div>'


# Writing ---------------------------------------------------------------------------------------------


def address(page: str, tab: str, values: Mapping[str, Any], run: bool = True) -> str:
    """A link to a page of the hub, such as "/char_lm?tab=write&seed=3&run=1"; `values` as they stand in the link."""
    asked = {"tab": tab, **values} if tab else dict(values)
    asked |= {"run": "1"} if run else {}
    return f"/{page}?{urllib.parse.urlencode(asked, safe='/:,')}"
