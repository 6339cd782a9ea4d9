# The demos on any host that runs containers; two CPU cores and 4 GB of memory are enough.
#
#     docker build -t rnn-lecture . && docker run --rm -p 7860:7860 rnn-lecture
#
# Some of the pages only: docker run -e RNN_PAGES=sentiment,translation ...
# Your own models: docker run -e RNN_MODELS_DIR=/models -v "$PWD/models:/models:ro" ...
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=2 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860

RUN useradd --create-home --uid 1000 demo
WORKDIR /home/demo/app

# Packages first: they change less often than the code.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY LICENSE ./
COPY apps ./apps
COPY rnn_models ./rnn_models
COPY pretrained ./pretrained

USER demo
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/health', timeout=8)"]
CMD ["python", "-m", "apps"]
