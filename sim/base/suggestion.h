/*
 * What somebody may have meant by a word that is not known: the closest of the words that are.
 *
 * Close is a Damerau-Levenshtein distance (letters left out, put in, changed, or swapped with the
 * next one; no letter is edited twice) of at most 2, and of at most a third of the shorter word's
 * length, so that nothing is suggested for nonsense: words of up to 2 letters have no neighbours,
 * of 3 to 5 letters those at distance 1. Words that differ in upper and lower case alone are always
 * close. Of words at one distance the first that was tried is taken.
 *
 * Example: burst is suggested for brust (at 1), tick for tik (1), min-share for minshar (2), kB for
 * kb (case alone); nothing for ratio, which is at 2 from rate, a word of 4 letters.
 */
#ifndef SHAPESIM_SIM_BASE_SUGGESTION_H
#define SHAPESIM_SIM_BASE_SUGGESTION_H

#include <stdbool.h>
#include <stddef.h>

#define SUGGESTION_LETTERS_MAX 40 /* longer words are close to none */
#define SUGGESTION_TEXT_BYTES  96

/* Embedded by value; the words are borrowed. */
struct suggestion {
    const char *typed;
    const char *word; /* the closest so far; NULL: none is close */
    size_t distance;  /* to it */
    bool is_known;    /* it is what was typed: the fault lies elsewhere, and nothing is suggested */
};

struct suggestion suggestion_of(const char *typed);

/* Tries a word that is known. */
void suggestion_try(struct suggestion *suggestion, const char *word);

/* "; did you mean --burst?" with `before` ("--") in front of the word, or "": for the end of an
 * error. Returns `text`. */
const char *suggestion_text(const struct suggestion *suggestion, const char *before,
                            char text[SUGGESTION_TEXT_BYTES]);

/* The distance of two words of at most SUGGESTION_LETTERS_MAX letters. */
size_t suggestion_distance(const char *a, const char *b);

#endif
