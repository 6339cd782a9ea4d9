"""What the kinds of questions, and what a score is compared with, are called."""

from apps.shared.languages import label

KINDS = {
    "exist": ("is it there", "있는가"),
    "count": ("count", "개수"),
    "colour": ("colour", "색"),
    "shape": ("shape", "모양"),
    "size": ("size", "크기"),
    "place": ("where in the picture", "그림 속 위치"),
    "compare": ("compare two", "둘을 비교"),
    "relate": ("where to each other", "서로의 위치"),
    "how many": ("how many", "개수"),
    "yes or no": ("yes or no", "예·아니요"),
    "object": ("object", "사물"),
}
"""Of questions about scenes, then of those about photographs."""

BESIDE = {
    "accuracy": ("this network", "이 신경망"),
    "picture_hidden": ("picture hidden", "그림을 가림"),
    "question_hidden": ("question hidden", "질문을 가림"),
    "words_shuffled": ("words shuffled", "낱말 순서를 섞음"),
    "bag_of_words": ("bag of words, no picture", "단어 가방, 그림 없이"),
    "most_frequent": ("most frequent answer", "가장 흔한 답"),
}
"""What stands beside a score, by its name in the bundle's scores."""

SHOWN = {
    (False, False): ("Picture and question", "그림과 질문"),
    (True, False): ("Picture hidden", "그림을 가림"),
    (False, True): ("Question hidden", "질문을 가림"),
    (True, True): ("Both hidden", "둘 다 가림"),
}
"""By whether the picture and whether the question is hidden."""

JOINS = {
    "product": ("picture × question", "그림 × 질문"),
    "concatenation": ("picture and question side by side", "그림과 질문을 이어 붙임"),
    "look": ("a look before each word", "낱말마다 보기"),
}
"""How picture and question meet, where it is not attention given the question."""

HOP = label("look", "시선")
WORD = label("before the word", "낱말 앞에서")
