"""`python -m apps ask`: pictures asked in the terminal. What is slow to import is imported on use."""

from argparse import ArgumentParser, Namespace

from apps.shared import terminal
from apps.shared.files import Output, ProblemError, UsageError, pictures_in, read_lines

SUMMARY = "Answer questions about pictures."
EPILOG = (
    "JPEG, PNG, WebP, GIF, BMP and TIFF; of a folder, all pictures in it and in its folders. Without QUESTION, every "
    "line of the input is a question, asked of every picture; empty lines are left out. A line of the output is the "
    "path, the question, the answer and its probability, with tabs between them; with --json an object with attention, "
    "what is guessed without the picture, and more. Files are UTF-8."
)
BATCH_SIZE = 64


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("picture", metavar="PICTURE", help="a picture file, or a folder of pictures")
    terminal.add_text(parser, "QUESTION", "a question, such as 'what colour is the star'")
    terminal.add_model(parser)
    parser.add_argument("--hide-picture", action="store_true", help="answer without the picture: what is guessed")
    parser.add_argument("--hide-question", action="store_true", help="answer without the question")


def run(chosen: Namespace) -> None:
    """Ask each picture each question."""
    model = terminal.model_named(chosen.model, chosen.page)
    terminal.check_source(chosen)
    paths = pictures_in([chosen.picture])
    from apps.vqa import inference

    with Output(chosen.output) as out:
        lines = read_lines(chosen.input) if chosen.text is None else [chosen.text]
        questions = []
        for n, line in enumerate(lines, 1):
            if line.strip() or chosen.text is not None:
                with terminal.refused_as(ProblemError, "" if chosen.text is not None else f"line {n:,}: "):
                    questions.append(inference.checked_question(line))
        if not questions:
            raise UsageError("there is no question: give one, or a file of questions with --input.")
        with terminal.progress(len(paths) * len(questions), "questions", out) as bar:
            terminal.import_keras()
            for path in paths:
                for start in range(0, len(questions), BATCH_SIZE):
                    batch = questions[start : start + BATCH_SIZE]
                    with terminal.refused_as(ProblemError, f"{path}: "):
                        found = inference.ask_many(str(path), batch, model, chosen.hide_picture, chosen.hide_question)
                    for one in found:
                        if chosen.json:
                            terminal.write_json(out, {"picture": str(path), **one})
                        else:
                            question = terminal.one_line(one["question"]).replace("\t", " ")
                            out.write(f"{path}\t{question}\t{one['answer']}\t{one['probability']:.4f}\n", "replace")
                    bar.update(len(batch))
