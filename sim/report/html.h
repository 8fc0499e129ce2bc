/*
 * All output to a page goes through here. Every text is escaped; markup comes only from literals of
 * this program's sources, which the compiler checks, and from figures that gnuplot has drawn
 * (html_svg.h).
 */
#ifndef SHAPESIM_SIM_REPORT_HTML_H
#define SHAPESIM_SIM_REPORT_HTML_H

#include <stdbool.h>
#include <stdio.h>

#define HTML_SECTIONS_MAX 24

/* A page, or the part of one, that is written to a stream, which its caller owns and closes. */
struct html {
    FILE *out;
    const char *section_ids[HTML_SECTIONS_MAX]; /* of html_section(), for the contents */
    const char *section_titles[HTML_SECTIONS_MAX];
    size_t sections;
    bool is_plain; /* no page, but a text: markup is left out, and nothing is escaped */
};

/* Writes a string literal as it is; anything else does not compile. */
#define html_markup(html, literal) html_put_literal((html), "" literal "")

/* Writes a text so that a browser shows it unchanged, between tags and in quoted attributes: & < >
 * " ' become character references, and control characters, which HTML does not allow, U+FFFD. */
void html_text(struct html *html, const char *text);

/* Likewise, printf-style; texts longer than 1023 bytes are cut. */
void html_print(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begins a section with its heading; the contents of the page have a link to it. Both texts are
 * literals of this program. */
void html_section(struct html *html, const char *id, const char *title);

/* A term and what it stands for, in a <dl>. */
void html_definition(struct html *html, const char *term, const char *text);

/* Only for html_markup(). */
void html_put_literal(struct html *html, const char *markup);

#endif
