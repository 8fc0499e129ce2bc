#include "sim/base/suggestion.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DISTANCE_MAX 2

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggestion_distance(const char *a, const char *b)
{
    /* Rows of the table of distances between a's and b's beginnings: of two letters less, of one
     * letter less, and of a's present one. */
    size_t rows[3][SUGGESTION_LETTERS_MAX + 1] = {{0}};
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t length = strlen(b);

    for (size_t j = 0; j <= length; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            row[j] = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(row[j], least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[length];
}

struct suggestion suggestion_of(const char *typed)
{
    return (struct suggestion){.typed = typed};
}

void suggestion_try(struct suggestion *suggestion, const char *word)
{
    size_t typed_letters = strlen(suggestion->typed), word_letters = strlen(word);

    suggestion->is_known |= strcmp(suggestion->typed, word) == 0;
    if (typed_letters > SUGGESTION_LETTERS_MAX || word_letters > SUGGESTION_LETTERS_MAX)
        return;
    size_t distance =
        strcasecmp(suggestion->typed, word) == 0 ? 0 : suggestion_distance(suggestion->typed, word);
    if (distance > least(DISTANCE_MAX, least(typed_letters, word_letters) / 3))
        return;
    if (suggestion->word && distance >= suggestion->distance)
        return;
    suggestion->word = word;
    suggestion->distance = distance;
}

const char *suggestion_text(const struct suggestion *suggestion, const char *before,
                            char text[SUGGESTION_TEXT_BYTES])
{
    text[0] = '\0';
    if (suggestion->word && !suggestion->is_known)
        snprintf(text, SUGGESTION_TEXT_BYTES, "; did you mean %s%s?", before, suggestion->word);
    return text;
}
