/*
 * The one way into a page. Every text, wherever it comes from, is escaped on it; markup comes from
 * literals of our own sources, which the compiler sees to, and from figures that gnuplot has drawn
 * (html_svg.h).
 */
#ifndef SHAPESIM_SIM_HTML_H
#define SHAPESIM_SIM_HTML_H

#include <stdio.h>

/* A page that is written to a stream, which its caller owns and closes. */
struct html {
    FILE *out;
};

/* Writes a string literal as it is; anything else does not compile. */
#define html_markup(html, literal) html_put_literal((html), "" literal "")

/* Writes a text so that a browser shows it as it is, between tags and in quoted attributes: & < > "
 * ' become character references, and control characters, which HTML does not know, U+FFFD. */
void html_text(struct html *html, const char *text);

/* Likewise, printf-style; texts longer than 1023 bytes are cut. */
void html_print(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Only for html_markup(). */
void html_put_literal(struct html *html, const char *markup);

#endif
