# kg-enrich with its CPU scorer: docker compose run --rm run --help
FROM python:3.13-slim

COPY pyproject.toml README.md LICENSE /src/
COPY kg_enrich /src/kg_enrich
COPY cypher /src/cypher
COPY migrations /src/migrations
RUN pip install --no-cache-dir /src && rm -r /src

# A volume mounted on /cache takes over its owner from here.
RUN useradd --create-home kg-enrich && mkdir /cache && chown kg-enrich /cache
USER kg-enrich
WORKDIR /home/kg-enrich

ENTRYPOINT ["kg-enrich"]
CMD ["run"]
