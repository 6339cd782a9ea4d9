"""The page of video: a label for every frame while it happens, and one for the clip."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="video",
    title=label("Video", "비디오"),
    summary="Move the mouse or a finger and the network names the movement while it happens, frame by frame. Play "
    "clips backwards, shuffled or frozen, and see what a network without memory says of the same frames.",
    summary_ko="마우스나 손가락을 움직이면 신경망이 그 움직임을 프레임마다 바로 알아맞힙니다. 영상을 거꾸로, "
    "뒤섞어, 또는 멈춰서 재생하고, 같은 프레임을 보고 기억 없는 신경망은 뭐라고 하는지 비교하세요.",
    order=18,
    why="An output for every input, while the sequence goes on: here the next letter is a movement, and which way it "
    "turns stands in no single frame.",
    why_ko="시퀀스가 이어지는 동안 입력마다 출력이 나옵니다. 글자 대신 움직임을 읽는데, 어느 쪽으로 도는지는 프레임 "
    "하나에 들어 있지 않습니다.",
    patterns=("in_step", "many_to_one"),
    space=Look("🎞️", "Move the mouse: a network labels every frame", "video-classification"),
    task="video",
    favourite="video/finger",
    model_title="apps.video.inference:title",
    headline=(Measure("accuracy", f"<b>{{:.1%}}</b> {both('of frames right', '프레임 정확도')}"),),
    command="label",
    tool="apps.video.tool:label_movement",
)
