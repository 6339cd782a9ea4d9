"""Guided observations on video; `tests/video/test_observations.py` asks the shipped model of the fingertip."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="which-way-round",
        part="video",
        minutes=3,
        tab="live",
        settings={"gesture": "counter"},
        question="A circle is drawn counter-clockwise, 120 frames in 4 seconds. One network has read all steps so "
        "far, the other gets each step alone. After how many frames will the first one know which way it turns? How "
        "often will the second one be right?",
        question_ko="반시계 방향으로 원을 그립니다. 4초 동안 120프레임입니다. 한 신경망은 지금까지의 걸음을 모두 "
        "읽었고, 다른 신경망은 한 걸음씩 따로 받습니다. 첫째는 몇 프레임 만에 방향을 알까요? 둘째는 얼마나 맞힐까요?",
        look="The two strips, and the bars beside the field. Then draw circles with the mouse, and turn round.",
        look_ko="두 띠와 칸 옆의 막대를 보세요. 그다음 마우스로 원을 그리다가 방향을 바꿔 보세요.",
        seen="With memory it says counter-clockwise from frame 3 on, and stays with it: two steps already bend. "
        "Without memory 71 of 120 frames are right and 48 are called clockwise: one step of a circle is the same "
        "step on both ways round.",
        seen_ko="기억이 있으면 3번째 프레임부터 반시계 방향이라고 하고 그대로입니다. 두 걸음이면 벌써 휘기 "
        "때문입니다. 기억이 없으면 120프레임 가운데 71프레임을 맞히고 48프레임은 시계 방향이라고 합니다. 원의 한 "
        "걸음은 어느 쪽으로 돌아도 똑같기 때문입니다.",
    ),
    Observation(
        name="turning-back",
        part="video",
        minutes=2,
        tab="live",
        settings={"gesture": "turns"},
        question="After 61 frames clockwise the point goes back on the same circle. How many frames late will the "
        "network notice?",
        question_ko="61프레임 동안 시계 방향으로 돌고 나서 같은 원을 되돌아갑니다. 신경망은 몇 프레임 늦게 "
        "알아차릴까요?",
        look="Where the colour of the strip with memory changes, and of the trail in the field.",
        look_ko="기억이 있는 띠와 칸에 그려진 궤적의 색이 어디서 바뀌는지 보세요.",
        seen="Frame 62 is the first step back; from frame 64 on it says counter-clockwise. A label in step cannot "
        "wait for what comes: that delay is the price. The memory of 61 frames is overruled by three, as gates "
        "allow.",
        seen_ko="62번째 프레임이 되돌아가는 첫 걸음이고, 64번째 프레임부터 반시계 방향이라고 합니다. 프레임마다 "
        "바로 답해야 하니 다음 것을 기다릴 수 없어 그만큼 늦습니다. 게이트가 있어서 61프레임의 기억도 세 프레임 만에 "
        "뒤집힙니다.",
    ),
    Observation(
        name="order-is-all",
        part="video",
        minutes=3,
        tab="clips",
        settings={"clip": "finger-clockwise", "change": "shuffled", "seed": "1"},
        question="A finger drew circles clockwise: 94 frames, of which the network with memory labels 98.9 % right. "
        "Now the same 94 places come in random order. What will it say?",
        question_ko="손가락으로 시계 방향 원을 그렸습니다. 기억이 있는 신경망은 94프레임 가운데 98.9 %를 맞힙니다. "
        "이제 같은 94개의 자리를 아무 순서로나 보여 줍니다. 뭐라고 할까요?",
        look="The strip of the causal network. Then choose “as it is” and “backwards”.",
        look_ko="인과적 신경망의 띠를 보세요. 그다음 ‘그대로’와 ‘거꾸로’를 골라 보세요.",
        seen="Clockwise for 26 frames, counter-clockwise for 55. The places are all there; which way it turns was "
        "in their order alone. Backwards it is right again, with counter-clockwise for 91 frames.",
        seen_ko="26프레임은 시계 방향, 55프레임은 반시계 방향이라고 합니다. 자리는 모두 그대로이지만, 어느 쪽으로 "
        "도는지는 순서에만 들어 있었습니다. 거꾸로 재생하면 91프레임을 반시계 방향이라고 하며 다시 맞힙니다.",
    ),
    Observation(
        name="last-word",
        part="video",
        minutes=3,
        tab="clips",
        settings={"clip": "finger-clockwise", "change": "frozen", "seed": "1"},
        question="The finger turns clockwise for 48 frames and then stands still for 46. Every network also gives "
        "one label to the whole clip, from its state at the end. Which label will the causal one give, and which "
        "the bidirectional one?",
        question_ko="손가락이 48프레임 동안 시계 방향으로 돌고 46프레임 동안 멈춰 있습니다. 신경망은 끝 상태를 보고 "
        "영상 전체에도 레이블을 하나 답니다. 인과적 신경망은 어떤 레이블을, 양방향 신경망은 어떤 레이블을 달까요?",
        look="The label of the clip at the right end of the two lines.",
        look_ko="두 줄의 오른쪽 끝에 있는 영상 전체의 레이블을 보세요.",
        seen="The causal one says still, with 99.5 %: 46 frames of rest have taken the circles out of its last "
        "state. The bidirectional one says clockwise, with 65.5 %: half of it has read backwards and ends in the "
        "circles.",
        seen_ko="인과적 신경망은 정지라고 하고 99.5 % 확신합니다. 46프레임을 쉬는 동안 마지막 상태에서 원이 "
        "사라졌습니다. 양방향 신경망은 시계 방향이라고 하고 65.5 %입니다. 절반은 거꾸로 읽어서 원에서 끝나기 "
        "때문입니다.",
    ),
)
