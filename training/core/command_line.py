"""The command line of a training script: its `train` and `evaluate`, defaults by data set, and the way back."""

import contextlib
import dataclasses
import os
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import tyro

from rnn_models.console import take_any_text
from training.core.console import unbroken_output
from training.core.errors import user_errors
from training.core.korean_card import rewrite_card


@dataclass
class Card:
    """Write the Korean part of a bundle's card anew, from what the bundle holds; its weights stay."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name."""


@dataclass(frozen=True)
class Script:
    """A training script.

    Attributes:
        name: such as "training.char_lm".
        train: the options of `train`, a subclass of `FitOptions` with `dataset` and `own`.
        evaluate: the options of `evaluate`.
        presets: what a data set wants other than the defaults.
        hidden: options that do not change the model, left out of `command_line`.
        description: shown by --help.
        own: the option that names a file of the user's own, instead of a data set.
        others: the options of further commands; a command is called as its class.
        aliases: further names of commands.
    """

    name: str
    train: type
    evaluate: type
    presets: dict[str, dict[str, Any]]
    hidden: set[str]
    description: str
    own: str = "file"
    others: tuple[type, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """The last part of the name, as folders are called."""
        return self.name.rpartition(".")[2]

    def main(self, arguments: list[str] | None, *commands: Any) -> None:
        """Run `train(options)`, `evaluate(options)` or one of the others, as the command line says."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's notes about the machine
        take_any_text()
        try:
            command = self.parse(sys.argv[1:] if arguments is None else arguments)
            if isinstance(command, self.train):
                command.check()
        except ValueError as error:
            raise SystemExit(f"error: {error}") from error
        if isinstance(command, Card):
            with user_errors():
                rewrite_card(self.task, command.bundle)
            return
        kinds = (self.train, self.evaluate, *self.others)
        run = next(run for run, kind in zip(commands, kinds, strict=True) if isinstance(command, kind))
        # A training's results are files; those of the other commands are what they print.
        with unbroken_output() if isinstance(command, self.train) else contextlib.nullcontext():
            run(command)

    def parse(self, arguments: list[str]) -> Any:
        """The options of a command line."""
        if arguments[:1] and arguments[0] in self.aliases:
            arguments = [self.aliases[arguments[0]], *arguments[1:]]
        kinds: Any = Annotated[self.train, tyro.conf.subcommand("train", default=self._default(arguments))]
        for kind in (self.evaluate, *self.others, Card):
            kinds = kinds | Annotated[kind, tyro.conf.subcommand(kind.__name__.lower())]
        return tyro.cli(
            kinds,
            prog=f"python -m {self.name}",
            description=self.description,
            args=arguments,
            config=(tyro.conf.OmitArgPrefixes,),
        )

    def defaults(self, dataset: str) -> Any:
        """The options for a data set where none are given."""
        preset = self.presets.get(dataset)
        return self.train(dataset=dataset, **preset) if preset else self.train()

    def data_name(self, options: Any) -> str:
        """What the data of these options are called: the user's own files, or the name of a data set."""
        own = [getattr(options, name, None) for name in (self.own, "captions")]
        return " with ".join(map(str, filter(None, own))) or options.dataset

    def command_line(self, options: Any) -> str:
        """The command that makes the same model: the options that are not the data set's defaults."""
        own = getattr(options, self.own)
        usual = self.train() if own else self.defaults(options.dataset)
        words = [f"python -m {self.name} train"]
        for option in dataclasses.fields(self.train):
            value, flag = getattr(options, option.name), option.name.replace("_", "-")
            is_usual = value == getattr(usual, option.name) and flag != "dataset"
            if is_usual or option.name in self.hidden | {"resume", "run_dir", "export", "gradients"}:
                continue
            if isinstance(value, bool):
                words.append(f"--{flag}" if value else f"--no-{flag}")
            elif not (flag == "dataset" and own):
                words.append(f"--{flag} {shlex.quote(str(value))}")
        return " ".join(words)

    def _default(self, arguments: list[str]) -> Any:
        """The options that stand unless given: a resumed run's own, or the data set's."""
        given = _values(arguments)
        if "--resume" in given and "--run-dir" in given:
            from training.core.run import read_config

            stored = read_config(Path(given["--run-dir"]))
            paths = [f.name for f in dataclasses.fields(self.train) if "Path" in str(f.type)]
            try:
                return self.train(**stored | {name: stored.get(name) and Path(stored[name]) for name in paths})
            except TypeError as error:  # an option that this script does not have
                raise ValueError(f"{given['--run-dir']} holds a run of another kind or version: {error}.") from error
        return self.train() if f"--{self.own}" in given else self.defaults(given.get("--dataset", self.train().dataset))


def _values(arguments: list[str]) -> dict[str, str]:
    """--name value and --name=value pairs, before the real parsing."""
    pairs = {}
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = here.partition("=")
        pairs[name.replace("_", "-")] = value if equals else after
    return pairs
