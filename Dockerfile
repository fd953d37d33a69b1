# kg-enrich in a container. See docs/container.md.
#   docker build --target cpu --tag kg-enrich .
#   docker build --target cuda --tag kg-enrich-cuda .
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS wheel
WORKDIR /src
COPY requirements/build.txt requirements/build.txt
RUN pip install --no-cache-dir --require-hashes --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY kg_enrich kg_enrich
COPY cypher cypher
COPY migrations migrations
COPY schemas schemas
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:${PYTHON}-slim AS runtime
# All that is written lies in these: the root file system may be read-only.
ENV KG_ENRICH_CACHE_DIR=/cache \
    HF_HOME=/cache/huggingface \
    TRITON_CACHE_DIR=/cache/triton \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A volume mounted on /cache takes over its owner from here.
RUN useradd --uid 1000 --create-home kg-enrich && mkdir /cache && chown 1000:1000 /cache
COPY deploy/docker/healthcheck.py /usr/local/lib/kg-enrich/healthcheck.py
COPY requirements /wheels/requirements
COPY --from=wheel /wheels /wheels
WORKDIR /home/kg-enrich
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s --retries=3 \
    CMD ["python", "/usr/local/lib/kg-enrich/healthcheck.py"]
ENTRYPOINT ["kg-enrich"]
CMD ["run"]

FROM runtime AS cuda
# Triton compiles a few lines of C for each of its kernels.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    KG_ENRICH_SCORER=qwen-vl
# CUDA itself comes with the wheels of torch; the host gives the driver.
RUN pip install --no-cache-dir --require-hashes --requirement /wheels/requirements/gpu.txt \
    && pip install --no-cache-dir --no-deps --no-index /wheels/kg_enrich-*.whl
USER 1000:1000

FROM runtime AS cpu
RUN pip install --no-cache-dir --require-hashes --requirement /wheels/requirements/service.txt \
    && pip install --no-cache-dir --no-deps --no-index /wheels/kg_enrich-*.whl
USER 1000:1000
