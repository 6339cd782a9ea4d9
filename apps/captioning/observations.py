"""Guided observations on the captioners; `tests/captioning/test_observations.py` asks the shipped models."""

from apps.shared.observations import Observation

SOFT, HARD = "captioning/flickr8k-soft", "captioning/flickr8k-hard"
PLAIN = {"beam": "5", "penalty": "1", "samples": "0", "temperature": "0.5", "seed": "0"}

OBSERVATIONS = (
    Observation(
        name="hardly-a-cat",
        part="captioning",
        minutes=3,
        tab="describe",
        settings={"picture": "cat.jpg", "model": SOFT, **PLAIN},
        question="The training photographs show hundreds of dogs and hardly a cat. What will the caption of this cat "
        "say, and will the page warn of it?",
        question_ko="학습 사진에는 개가 아주 많고 고양이는 드뭅니다. 이 고양이를 뭐라고 설명할까요? 낯선 사진이라는 "
        "경고가 나올까요?",
        look="The animal in the caption, its probability, and the line about strangeness.",
        look_ko="설명에 나온 동물과 그 확률, 그리고 낯섦의 값을 보세요.",
        seen="<q>a brown and white dog is playing with a toy</q>, and <q>dog</q> has 82 %. There is no warning: to "
        "the network the picture is not stranger than many of its own. It says what it has read most often.",
        seen_ko="<q>a brown and white dog is playing with a toy</q>라고 하고, <q>dog</q>의 확률이 82 %입니다. 경고도 "
        "없습니다. 신경망에게는 학습 사진보다 낯설지 않은 사진입니다. 가장 자주 읽은 말을 합니다.",
    ),
    Observation(
        name="where-it-looks",
        part="attention",
        minutes=4,
        tab="describe",
        settings={"picture": "camera.jpg", "model": SOFT, **PLAIN},
        question="For which words will it look at one part of the picture, and for which at all of it? Think of "
        "<q>man</q>, <q>holding</q>, <q>front</q>, <q>of</q>.",
        question_ko="어떤 낱말을 쓸 때 사진의 한 부분을 보고, 어떤 낱말을 쓸 때 전체를 볼까요? <q>man</q>, "
        "<q>holding</q>, <q>front</q>, <q>of</q>를 생각해 보세요.",
        look="The bits under the tiles: few bits, one part; 5.6 bits, the same everywhere.",
        look_ko="타일 아래의 비트를 보세요. 적으면 한 부분을, 5.6비트면 어디나 똑같이 본 것입니다.",
        seen="<q>holding</q> has 4.4 bits, <q>man</q> 4.9; <q>front</q> and <q>of</q> have 5.4, almost everywhere "
        "alike: the sentence itself tells that they come. Even for <q>man</q> the best place gets 9 % only: soft "
        "attention is an average.",
        seen_ko="<q>holding</q>은 4.4비트, <q>man</q>은 4.9비트입니다. <q>front</q>와 <q>of</q>는 5.4비트로 거의 "
        "고르게 봅니다. 앞의 말만으로도 나올 것을 알기 때문입니다. <q>man</q>에서도 가장 많이 본 칸이 9 %뿐입니다. "
        "부드러운 주의는 평균을 냅니다.",
    ),
    Observation(
        name="soft-and-hard",
        part="attention",
        minutes=4,
        tab="attentions",
        settings={"picture": "camera.jpg", "soft": SOFT, "hard": HARD, "beam": "5"},
        question="Soft attention takes the average of all places, hard attention was trained to pick one of them. "
        "Will the maps of hard attention be much narrower?",
        question_ko="부드러운 주의는 모든 칸의 평균을 내고, 딱딱한 주의는 한 칸을 고르도록 배웠습니다. 딱딱한 주의의 "
        "지도가 훨씬 좁을까요?",
        look="The mean entropy of both, and the tiles of the same word.",
        look_ko="두 모델의 평균 엔트로피와 같은 낱말의 타일을 비교해 보세요.",
        seen="Hardly: about 5.0 bits against 5.2, of 5.6 that are possible. The map is the distribution from which "
        "hard attention draws its one place, and that stayed broad. The captions begin alike, too.",
        seen_ko="거의 그렇지 않습니다. 5.0비트와 5.2비트로, 최대 5.6비트에 가깝습니다. 지도는 딱딱한 주의가 한 칸을 "
        "뽑는 확률분포인데, 이 분포가 넓게 남았습니다. 두 설명도 앞부분이 같습니다.",
    ),
)
