#include "sim/report/html_svg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "traces/file_stream.h"

#define PANELS     "<!-- panels "
#define PANELS_END " -->"
#define LETTERS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static bool is_drawn_with(const char *element, size_t length)
{
    static const char *const elements[] = {"svg",     "title",  "desc",        "defs", "g",
                                           "circle",  "path",   "rect",        "use",  "polygon",
                                           "filter",  "text",   "tspan",       "line", "polyline",
                                           "feFlood", "symbol", "feComposite", NULL};

    for (size_t i = 0; elements[i]; i++)
        if (strlen(elements[i]) == length && strncmp(elements[i], element, length) == 0)
            return true;
    return false;
}

/* The first tag of a line that is not allowed in a figure; NULL if there is none. */
static const char *find_stranger(const char *line)
{
    const char *tag = line;

    while ((tag = strchr(tag, '<'))) {
        const char *element = tag + 1 + (tag[1] == '/');
        if (!is_drawn_with(element, strspn(element, LETTERS)))
            return tag;
        tag = element;
    }
    return NULL;
}

static void put_line(struct html *html, const char *line, const char *name)
{
    static const char *const ids[] = {"'gpPt",     "#gpPt",      "'gpDot", "'textbox'",
                                      "'greybox'", "\"gnuplot_", NULL};

    while (*line) {
        size_t i = 0;
        while (ids[i] && strncmp(line, ids[i], strlen(ids[i])) != 0)
            i++;
        fputc(*line++, html->out);
        if (ids[i])
            html_print(html, "%s-", name);
    }
}

static void put_without_titles(struct html *html, char *line, const char *name)
{
    char *title;

    while ((title = strstr(line, "<title>"))) {
        const char *end = strstr(title, "</title>");
        if (!end)
            break;
        memmove(title, end + 8, strlen(end + 8) + 1);
    }
    put_line(html, line, name);
}

static void put_root(struct html *html, const char *name)
{
    html_markup(html, "<svg role=\"img\" aria-labelledby=\"");
    html_print(html, "%s-title", name);
    html_markup(html, "\"\n");
}

/* Whether the line begins a group and nothing else: gnuplot writes several for each tic, most of
 * which are empty. */
static bool is_only_group(const char *line)
{
    return strncmp(line, "<g ", 3) == 0 && strcmp(line + strcspn(line, ">"), ">\n") == 0;
}

/* Writes the line; a group that is followed by its end is left out. `held` is the group's line that
 * is not written yet, or empty. */
static void put_or_hold(struct html *html, char *line, const char *name, char **held)
{
    bool is_empty_group = *held && strcmp(line, "</g>\n") == 0;

    if (*held && !is_empty_group)
        put_line(html, *held, name);
    free(*held);
    *held = NULL;
    if (is_empty_group)
        return;
    *held = is_only_group(line) ? strdup(line) : NULL;
    if (!*held)
        put_without_titles(html, line, name);
}

/* The comment with the panels, which is behind the drawing. */
static bool put_panels(struct html *html, char *line)
{
    char *end = strstr(line, PANELS_END);

    if (strncmp(line, PANELS, strlen(PANELS)) != 0 || !end)
        return false;
    *end = '\0';
    html_markup(html, "<p class=\"reading\" data-panels=\"");
    html_text(html, line + strlen(PANELS));
    html_markup(html, "\"></p>\n");
    return true;
}

/* Copies its lines, from the root element on; SIM_FAILED if one is not allowed. */
static int put_lines(struct html *html, const char *name, const char *path, FILE *in, char *error)
{
    char *line = NULL, *held = NULL;
    size_t room = 0;
    bool has_begun = false, has_ended = false;
    int status = SIM_OK;

    while (status == SIM_OK && getline(&line, &room, in) >= 0) {
        bool is_root = !has_begun && strncmp(line, "<svg", 4) == 0;
        if (has_ended && put_panels(html, line))
            continue;
        has_ended = has_ended || strncmp(line, "</svg>", 6) == 0;
        const char *stranger = has_begun || is_root ? find_stranger(line) : NULL;
        has_begun = has_begun || is_root;
        if (stranger)
            status = sim_fail(error, SIM_FAILED,
                              "%s: '%.20s' is nothing that gnuplot draws with; report again with "
                              "Debian's gnuplot",
                              path, stranger);
        else if (is_root)
            put_root(html, name);
        else if (has_begun && strncmp(line, "<desc>", 6) != 0)
            put_or_hold(html, line, name, &held);
    }
    free(held);
    free(line);
    return status;
}

int html_svg(struct html *html, const char *name, const char *path, char *error)
{
    FILE *in = file_stream_open(path, "r");

    if (!in)
        return sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(errno));
    int status = put_lines(html, name, path, in, error);
    if (status == SIM_OK && !feof(in))
        status = sim_fail(error, SIM_FAILED, "%s: cannot be read to its end (%s)", path,
                          strerror(errno));
    fclose(in);
    return status;
}

int html_figure_begin(struct html *html, const char *name, const char *path, char *error)
{
    html_markup(html, "<figure id=\"");
    html_text(html, name);
    html_markup(html, "\">\n");
    int status = html_svg(html, name, path, error);
    html_markup(html, "<figcaption id=\"");
    html_print(html, "%s-title", name);
    html_markup(html, "\">");
    return status;
}

void html_figure_end(struct html *html)
{
    html_markup(html, "</figcaption>\n</figure>\n");
}
