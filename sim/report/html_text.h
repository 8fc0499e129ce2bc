/* Texts in HTML. */
#ifndef SHAPESIM_SIM_REPORT_HTML_TEXT_H
#define SHAPESIM_SIM_REPORT_HTML_TEXT_H

#include <stdio.h>

/* Writes a text so that HTML shows it as it is. */
void html_text_put(FILE *out, const char *text);

#endif
