"""What a page says while its visitor waits in the queue, from messages as Gradio's server sends them."""

import pytest

from tests.support.browser import PHONE

# In place of the server's stream of answers: `say(text)` sends a part of it.
STREAM = """
const real = window.fetch;
window.fetch = async (...asked) => {
  if (!String(asked[0]).includes("session_hash=waiting")) return real(...asked);
  const body = new ReadableStream({ start(controller) {
    window.say = (text) => controller.enqueue(new TextEncoder().encode(text));
    window.end = () => controller.close();
  } });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};
"""
READ = """async () => {
  const answer = await fetch("/gradio_api/queue/data?session_hash=waiting");
  window.read = "";
  const decoder = new TextDecoder();
  (async () => { for await (const chunk of answer.body) window.read += decoder.decode(chunk); })();
}"""


def estimation(place, count, seconds):
    eta = "null" if seconds is None else seconds
    return f'data: {{"msg":"estimation","event_id":"e","rank":{place - 1},"queue_size":{count},"rank_eta":{eta}}}\\n\\n'


@pytest.mark.browser
def test_a_visitor_who_waits_is_told_place_and_seconds_until_it_begins(server, browser):
    """3 s, a visit."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.add_init_script(STREAM)
    page.goto(server + "sentiment")
    page.locator("#review-start").wait_for()
    page.evaluate(READ)
    line = page.locator("#rnn-queue")
    first = estimation(3, 12, None)
    for part in (first[:20], first[20:]):  # as a network cuts it
        page.evaluate(f"say('{part}')")
    line.get_by_text("Place 3 of 12 in the queue, there is no estimate yet").wait_for()
    line.get_by_text("대기 12명 중 3번째, 예상 시간은 아직 알 수 없습니다").wait_for()
    box = line.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["y"] + box["height"] <= PHONE["height"]
    page.evaluate(f"say('{estimation(2, 2, 7.5)}')")
    line.get_by_text("Place 2 of 2 in the queue, about 7 s until the result").wait_for()  # it is counted down
    line.get_by_text("대기 2명 중 2번째, 결과까지 약 6초").wait_for()
    page.evaluate("""say('data: {"msg":"process_starts","event_id":"e"}\\n\\n')""")
    line.wait_for(state="detached")
    assert page.evaluate("read").count("data:") == 3  # Gradio's page gets all of it
    context.close()
