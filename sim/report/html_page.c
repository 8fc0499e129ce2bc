#include "sim/report/html_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "sim/base/sim.h"
#include "sim/report/page_assets.h"
#include "traces/file_stream.h"

/* What a Content-Security-Policy calls a text by. */
static void put_hash(struct html *html, const struct page_asset *asset)
{
    unsigned char hash[SHA256_DIGEST_LENGTH], text[4 * (SHA256_DIGEST_LENGTH + 2) / 3 + 1];

    SHA256(asset->text, asset->bytes, hash);
    EVP_EncodeBlock(text, hash, sizeof(hash));
    html_markup(html, "'sha256-");
    html_text(html, (const char *)text);
    html_markup(html, "'");
}

static void put_asset(struct html *html, const struct page_asset *asset)
{
    fwrite(asset->text, 1, asset->bytes, html->out);
}

static void put_head(struct html *html, const char *title)
{
    html_markup(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src ");
    put_hash(html, &page_css);
    html_markup(html, "; script-src ");
    put_hash(html, &page_js);
    html_markup(html, "; img-src data:; base-uri 'none'; form-action 'none'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<title>");
    html_text(html, title);
    html_markup(html, " - shapesim</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>");
    put_asset(html, &page_css);
    html_markup(html, "</style></head><body><main>\n<h1>");
    html_text(html, title);
    html_markup(html, "</h1>\n");
}

static void put_contents(struct html *html, const struct html *body)
{
    html_markup(html, "<nav aria-label=\"Contents\">");
    for (size_t i = 0; i < body->sections; i++) {
        html_markup(html, "<a href=\"#");
        html_text(html, body->section_ids[i]);
        html_markup(html, "\">");
        html_text(html, body->section_titles[i]);
        html_markup(html, "</a>\n");
    }
    html_markup(html, "</nav>\n");
}

static void put_page(struct html *html, const char *title, const struct html *body,
                     const char *text, size_t bytes)
{
    put_head(html, title);
    put_contents(html, body);
    fwrite(text, 1, bytes, html->out);
    html_markup(html, "</main>\n<script>");
    put_asset(html, &page_js);
    html_markup(html, "</script></body></html>\n");
}

static int write_file(const char *path, const char *title, const struct html *body,
                      const char *text, size_t bytes, char *error)
{
    FILE *out = file_stream_open(path, "wx");
    struct html html = {.out = out};

    if (out)
        put_page(&html, title, body, text, bytes);
    if (!out || (ferror(out) | fclose(out)) != 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                        strerror(errno));
    return SIM_OK;
}

int html_page_write(const char *directory, const char *title, html_body *put_body,
                    const void *context, char *error)
{
    char *path, *text = NULL;
    size_t bytes = 0;
    struct html body = {.out = open_memstream(&text, &bytes)};

    if (asprintf(&path, "%s/index.html", directory) < 0)
        path = NULL;
    int status = path && body.out ? put_body(&body, context, error) : SIM_OK;
    bool is_whole = body.out && file_stream_close_text(body.out, &text) == 0;
    if (status == SIM_OK)
        status = path && is_whole ? write_file(path, title, &body, text, bytes, error)
                                  : sim_fail(error, SIM_FAILED, "index.html: out of memory");
    free(text);
    free(path);
    return status;
}
