/*
 * The frame of a page: one self-contained file, without network, for light and dark screens of any
 * size and for paper. Its style sheet (page.css) and its script (page.js) are in the program; the
 * page's Content-Security-Policy allows these two by their hashes, and nothing else. Without the
 * script all of the page can be read.
 */
#ifndef SHAPESIM_SIM_REPORT_HTML_PAGE_H
#define SHAPESIM_SIM_REPORT_HTML_PAGE_H

#include "sim/report/html.h"

/* Writes what the page shows under its title, with a html_section() for each entry of the contents.
 * SIM_OK or SIM_FAILED. */
typedef int html_body(struct html *html, const void *context, char *error);

/* Writes the page to `directory`/index.html, which must not exist: the title, the contents, then
 * what `put_body` writes. SIM_OK or SIM_FAILED. */
int html_page_write(const char *directory, const char *title, html_body *put_body,
                    const void *context, char *error);

#endif
