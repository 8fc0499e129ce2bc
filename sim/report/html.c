#include "sim/report/html.h"

#include <stdarg.h>

#define TEXT_BYTES 1024

static void put(FILE *out, char byte)
{
    switch (byte) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        if ((unsigned char)byte >= ' ' || byte == '\n' || byte == '\t')
            fputc(byte, out);
        else
            fputs("\xef\xbf\xbd", out);
    }
}

void html_text(struct html *html, const char *text)
{
    for (; *text; text++)
        if (html->is_plain)
            fputc((unsigned char)*text >= ' ' ? *text : '?', html->out);
        else
            put(html->out, *text);
}

void html_print(struct html *html, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    html_text(html, text);
}

void html_put_literal(struct html *html, const char *markup)
{
    if (html->is_plain)
        return;
    fputs(markup, html->out);
}

void html_section(struct html *html, const char *id, const char *title)
{
    html_markup(html, "<h2 id=\"");
    html_text(html, id);
    html_markup(html, "\">");
    html_text(html, title);
    html_markup(html, "</h2>\n");
    if (html->sections == HTML_SECTIONS_MAX)
        return;
    html->section_ids[html->sections] = id;
    html->section_titles[html->sections++] = title;
}

void html_definition(struct html *html, const char *term, const char *text)
{
    html_markup(html, "<dt>");
    html_text(html, term);
    html_markup(html, "</dt><dd>");
    html_text(html, text);
    html_markup(html, "</dd>\n");
}
