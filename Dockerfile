# The shop for production: one image, run as `web` or as `worker` (see compose.yaml).

FROM node:22-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home shop \
 && install --directory --owner=shop /data
WORKDIR /shop
COPY requirements/app.txt requirements/app.txt
RUN pip install --no-cache-dir --require-hashes --requirement requirements/app.txt
COPY . .
COPY --from=frontend /build/node_modules node_modules
RUN make parts BIN=/usr/local/bin && rm -rf node_modules

USER shop
ENV SHOP_DATA=/data PYTHONUNBUFFERED=1 FLASK_APP=wsgi
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "wsgi:app", "--bind", "0.0.0.0:8000"]
