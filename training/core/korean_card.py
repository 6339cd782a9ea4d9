"""The Korean part of a model's card, made of what its bundle holds: it can be written anew for an old bundle."""

import importlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from training.core.bundles import folder_of, rewrite

HEADING = "## 한국어 요약"

_DATA = {
    "shakespeare": "셰익스피어 희곡(tiny Shakespeare)",
    "linux": "리눅스 커널 소스 코드",
    "warpeace": "톨스토이의 『전쟁과 평화』(영어판)",
    "python": "파이썬 표준 라이브러리",
    "nsmc": "네이버 영화 리뷰(NSMC)",
    "imdb": "IMDb 영화 리뷰",
    "multi30k": "Multi30k(사진 설명의 독일어·영어 문장쌍)",
    "en-ko": "공개 말뭉치에서 모은 영어·한국어 문장쌍",
    "copy": "무작위 숫자열",
    "reverse": "무작위 숫자열",
    "flickr8k": "Flickr8k(사진과 영어 설명)",
    "mnist": "MNIST(손글씨 숫자)",
    "scenes": "프로그램이 그린 도형 그림",
    "daquar": "DAQUAR(실내 사진과 영어 질문)",
    "easy-vqa": "easy-VQA(프로그램이 그린 도형 그림과 영어 질문)",
    "finger": "웹캠 앞 손가락 끝의 움직임(hand-gesture-recognition-using-mediapipe)",
    "motion": "반다이남코연구소 동작 데이터(Bandai-Namco-Research-Motiondataset)",
}
_LICENCES = {
    "public domain": "저작권이 소멸한 저작물",
    "none needed": "필요 없음(프로그램이 만든 데이터)",
    "none stated": "명시되지 않음. 글의 권리는 쓴 사람에게 있으며 연구용",
    "the photographs": "사진의 권리는 Flickr 게시자에게 있음. 연구·교육용, 상업적 이용 금지",
    "that of NYU Depth V2": "NYU Depth V2의 사진이며 그 조건을 따름. 연구용",
    "that of Flickr30k": "Flickr30k를 따름. 연구·교육용, 상업적 이용 금지",
    "those of the corpora": "말뭉치마다 다름. 비영리 조건(CC BY-NC-SA)이 포함됨",
}


def section(about: str, shape: str, score: str, scores: Mapping[str, Any], limits: str) -> list[str]:
    """The lines of the part, its heading first.

    Args:
        about: what the model does, a sentence.
        shape: how it is built.
        score: what was measured.
        scores: scores.json; for data, size, epochs and time.
        limits: what it cannot do.
    """
    licence = next((ko for start, ko in _LICENCES.items() if scores["licence"].startswith(start)), scores["licence"])
    return [
        HEADING,
        "",
        about,
        "",
        f"- 구조: {shape}. 매개변수 {scores['parameters']:,}개, 가중치 {scores['weights']}",
        f"- 성능: {score}",
        f"- 데이터: {_DATA.get(scores['dataset'], scores['dataset'])}. 이용 조건: {licence}",
        f"- 학습: {scores['epochs']}에폭({duration(scores['training_seconds'])}), 검증 점수가 가장 좋은 "
        f"{scores['best_epoch']}번째 에폭의 가중치",
        f"- 한계: {limits}",
    ]


def duration(seconds: float) -> str:
    """Seconds in Korean: '42초', '12분', '1시간 5분'."""
    if seconds < 120:
        return f"{seconds:.0f}초"
    minutes = round(seconds / 60)
    return f"{minutes}분" if minutes < 60 else f"{minutes // 60}시간 {minutes % 60}분"


def cell_of(settings: Mapping[str, Any]) -> str:
    """The recurrent layers: '유닛 192개의 양방향 LSTM 2층'."""
    layers, ways = settings.get("layers", 1), "양방향 " if settings.get("bidirectional") else ""
    return f"유닛 {settings['units']}개의 {ways}{settings['cell'].upper()}" + (f" {layers}층" if layers > 1 else "")


def replaced(card: str, lines: Sequence[str]) -> str:
    """A card with its Korean part exchanged; the rest stays as it was written.

    Raises:
        ValueError: it has no Korean part.
    """
    part = re.compile(rf"^{HEADING}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if not part.search(card):
        raise ValueError(f"The card has no part {HEADING!r}; expected one, as a training writes it.")
    text = "\n".join(lines) + "\n"
    return part.sub(lambda found: text + ("\n" if found.end() < len(card) else ""), card, count=1)


def rewrite_card(task: str, bundle: str | os.PathLike) -> None:
    """Write the Korean part of a bundle's card anew, from its config.json and scores.json.

    Raises:
        ValueError: the bundle is damaged, or its card has no Korean part.
    """
    folder = folder_of(bundle)
    config, scores, card = ((folder / name).read_text("utf-8") for name in ("config.json", "scores.json", "README.md"))
    made = importlib.import_module(f"training.{task}.card").in_korean(json.loads(config)["model"], json.loads(scores))
    rewrite(folder, card=replaced(card, made))
