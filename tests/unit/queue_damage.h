/* What the tests of damaged queue files share. */
#ifndef DOSVC_TESTS_QUEUE_DAMAGE_H
#define DOSVC_TESTS_QUEUE_DAMAGE_H

#include "queue_support.h"

#define QUEUE L"queue.db"
#define PAGE  4096 /* bytes; SQLite's own choice */

#define LEAF_TABLE 0x0D /* types of a b-tree page: a table's rows */
#define LEAF_INDEX 0x0A /* an index's entries, also those of a table WITHOUT ROWID */

/* A queue of so many jobs with so many files each, with progress for every seventh, closed. */
void queue_damage_make(const char16_t *directory, uint8_t jobs, uint32_t files);

/* Opens and loads whatever is there, S_OK or S_FALSE. Nothing is given that was not written. */
void queue_damage_open(const char16_t *directory, struct queue_recording *recording);
/* Every row is one that queue_damage_make wrote, in order, at most once. */
void queue_damage_assert_nothing_invented(const struct queue_recording *recording);
/* The queue goes on with exactly what was loaded, and is written to like any other. */
void queue_damage_assert_goes_on(const char16_t *directory, const struct queue_recording *loaded);

/* Of `files` files that every job had: a job that has fewer says so. */
void queue_damage_assert_losses_are_told(const struct queue_recording *recording, uint32_t files);

/* How many databases were moved aside; that there is one, with this content. */
size_t queue_damage_count_aside(const char16_t *directory);
void queue_damage_assert_kept_aside(const char16_t *directory, const void *bytes, size_t size);

void queue_damage_fill(uint8_t *page); /* with noise */
/* The number of the page of that type with the text on it; how many rows a page holds. */
size_t queue_damage_find_page(const uint8_t *bytes, size_t size, uint8_t type, const char16_t *text);
size_t queue_damage_cells(const uint8_t *page);

#endif
