/* Enumerators over a snapshot, by both of their faces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "enumerator.h"
#include "thread.h"

#define ELEMENTS 5

/* Counts its references and can do nothing else. */
struct element {
    IBackgroundCopyFile file_iface;
    atomic_uint references;
};

static ULONG STDMETHODCALLTYPE element_AddRef(IBackgroundCopyFile *iface)
{
    return atomic_fetch_add(&CONTAINING_RECORD(iface, struct element, file_iface)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE element_Release(IBackgroundCopyFile *iface)
{
    return atomic_fetch_sub(&CONTAINING_RECORD(iface, struct element, file_iface)->references, 1) - 1;
}

static const IBackgroundCopyFileVtbl element_vtable = {.AddRef = element_AddRef, .Release = element_Release};

static struct element elements[ELEMENTS];

static IEnumBackgroundCopyFiles *make(size_t count)
{
    struct snapshot *snapshot;
    IEnumBackgroundCopyFiles *enumerator;
    assert_int_equal(snapshot_create(count, &snapshot), S_OK);
    for (size_t i = 0; i < count; i++) {
        elements[i].file_iface.lpVtbl = &element_vtable;
        elements[i].references = 1; /* which the snapshot takes */
        snapshot_append(snapshot, (IUnknown *)&elements[i].file_iface);
    }
    assert_int_equal(file_enumerator_create(snapshot, &enumerator), S_OK);
    snapshot_release(snapshot);
    return enumerator;
}

static void assert_next(IEnumBackgroundCopyFiles *enumerator, ULONG wanted, HRESULT expected, size_t first, ULONG count)
{
    IBackgroundCopyFile *files[8] = {0};
    ULONG fetched = 99;
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, wanted, files, &fetched), expected);
    assert_int_equal(fetched, count);
    for (ULONG i = 0; i < 8; i++) {
        assert_ptr_equal(files[i], i < count ? &elements[first + i].file_iface : NULL);
        if (files[i])
            IBackgroundCopyFile_Release(files[i]);
    }
}

static void next_gives_all_elements_in_their_order(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(5);
    assert_next(enumerator, 2, S_OK, 0, 2);
    assert_next(enumerator, 2, S_OK, 2, 2);
    assert_next(enumerator, 2, S_FALSE, 4, 1);
    assert_next(enumerator, 1, S_FALSE, 0, 0);
    assert_int_equal(IEnumBackgroundCopyFiles_Release(enumerator), 0);
}

static void next_of_exactly_the_rest_is_ok(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(5);
    assert_next(enumerator, 5, S_OK, 0, 5);
    assert_next(enumerator, 5, S_FALSE, 0, 0);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void next_of_none_is_ok_even_at_the_end(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(0);
    ULONG fetched = 99;
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 0, NULL, &fetched), S_OK);
    assert_int_equal(fetched, 0);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void fetched_may_be_left_out_for_one_element_only(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(3);
    IBackgroundCopyFile *files[2] = {0};
    ULONG fetched = 99;
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 2, files, NULL), E_INVALIDARG);
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 0, files, NULL), E_INVALIDARG);
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 1, NULL, &fetched), E_INVALIDARG);
    assert_int_equal(fetched, 0);
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 1, files, NULL), S_OK);
    assert_ptr_equal(files[0], &elements[0].file_iface); /* the refused calls moved nothing */
    IBackgroundCopyFile_Release(files[0]);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void each_element_has_a_reference_of_its_own(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(2);
    IBackgroundCopyFile *file;
    assert_int_equal(IEnumBackgroundCopyFiles_Next(enumerator, 1, &file, NULL), S_OK);
    assert_int_equal(elements[0].references, 2);
    assert_int_equal(elements[1].references, 1);
    IEnumBackgroundCopyFiles_Release(enumerator);
    assert_int_equal(elements[0].references, 1);
    assert_int_equal(elements[1].references, 0);
    assert_int_equal(IBackgroundCopyFile_Release(file), 0);
}

static void skip_past_the_end_stops_at_the_end(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(5);
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 3), S_OK);
    assert_next(enumerator, 1, S_OK, 3, 1);
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 2), S_FALSE);
    assert_next(enumerator, 1, S_FALSE, 0, 0);
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 0), S_OK);
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 0xFFFFFFFF), S_FALSE);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void reset_begins_anew(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(3);
    assert_next(enumerator, 3, S_OK, 0, 3);
    assert_int_equal(IEnumBackgroundCopyFiles_Reset(enumerator), S_OK);
    assert_next(enumerator, 3, S_OK, 0, 3);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void count_is_that_of_the_whole_snapshot(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(4);
    ULONG count = 99;
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 3), S_OK);
    assert_int_equal(IEnumBackgroundCopyFiles_GetCount(enumerator, &count), S_OK);
    assert_int_equal(count, 4);
    assert_int_equal(IEnumBackgroundCopyFiles_GetCount(enumerator, NULL), E_INVALIDARG);
    IEnumBackgroundCopyFiles_Release(enumerator);
}

static void clone_starts_at_the_cursor_and_moves_by_itself(void **state)
{
    (void)state;
    IEnumBackgroundCopyFiles *enumerator = make(5);
    IEnumBackgroundCopyFiles *clone;
    assert_int_equal(IEnumBackgroundCopyFiles_Clone(enumerator, NULL), E_INVALIDARG);
    assert_int_equal(IEnumBackgroundCopyFiles_Skip(enumerator, 2), S_OK);
    assert_int_equal(IEnumBackgroundCopyFiles_Clone(enumerator, &clone), S_OK);
    assert_next(clone, 1, S_OK, 2, 1);
    assert_next(clone, 1, S_OK, 3, 1);
    assert_next(enumerator, 1, S_OK, 2, 1);
    /* It outlives the one that it was made of. */
    assert_int_equal(IEnumBackgroundCopyFiles_Release(enumerator), 0);
    assert_next(clone, 1, S_OK, 4, 1);
    assert_int_equal(IEnumBackgroundCopyFiles_Reset(clone), S_OK);
    assert_next(clone, 1, S_OK, 0, 1);
    assert_int_equal(elements[4].references, 1);
    assert_int_equal(IEnumBackgroundCopyFiles_Release(clone), 0);
    assert_int_equal(elements[4].references, 0);
}

static void a_job_enumerator_is_one_of_jobs(void **state)
{
    (void)state;
    struct snapshot *snapshot;
    IEnumBackgroundCopyJobs *enumerator, *clone;
    IBackgroundCopyJob *job;
    IUnknown *other;
    ULONG count;
    assert_int_equal(snapshot_create(1, &snapshot), S_OK);
    elements[0].file_iface.lpVtbl = &element_vtable;
    elements[0].references = 1;
    snapshot_append(snapshot, (IUnknown *)&elements[0].file_iface);
    assert_int_equal(job_enumerator_create(snapshot, &enumerator), S_OK);
    snapshot_release(snapshot);
    assert_int_equal(IEnumBackgroundCopyJobs_Clone(enumerator, &clone), S_OK);
    assert_int_equal(IEnumBackgroundCopyJobs_Next(enumerator, 1, &job, NULL), S_OK);
    assert_ptr_equal(job, &elements[0].file_iface);
    IUnknown_Release((IUnknown *)job);
    assert_int_equal(IEnumBackgroundCopyJobs_Skip(enumerator, 1), S_FALSE);
    assert_int_equal(IEnumBackgroundCopyJobs_Reset(enumerator), S_OK);
    assert_int_equal(IEnumBackgroundCopyJobs_Skip(enumerator, 1), S_OK);
    assert_int_equal(IEnumBackgroundCopyJobs_GetCount(clone, &count), S_OK);
    assert_int_equal(count, 1);
    assert_int_equal(IEnumBackgroundCopyJobs_QueryInterface(clone, &IID_IEnumBackgroundCopyFiles, (void **)&other),
                     E_NOINTERFACE);
    IEnumBackgroundCopyJobs_Release(clone);
    IEnumBackgroundCopyJobs_Release(enumerator);
    assert_int_equal(elements[0].references, 0);
}

#define SHARED_ELEMENTS 20000

struct taker {
    IEnumBackgroundCopyFiles *enumerator;
    uint32_t taken;
};

static void take_all(void *context)
{
    struct taker *taker = context;
    IBackgroundCopyFile *files[3];
    ULONG fetched;
    do {
        (void)IEnumBackgroundCopyFiles_Next(taker->enumerator, 3, files, &fetched);
        taker->taken += fetched;
    } while (fetched > 0);
}

static void threads_that_share_a_cursor_share_the_elements(void **state)
{
    (void)state;
    static struct element element = {{&element_vtable}, SHARED_ELEMENTS};
    struct snapshot *snapshot;
    struct taker takers[2] = {{0}};
    struct thread *threads[2];
    assert_int_equal(snapshot_create(SHARED_ELEMENTS, &snapshot), S_OK);
    for (size_t i = 0; i < SHARED_ELEMENTS; i++)
        snapshot_append(snapshot, (IUnknown *)&element.file_iface);
    assert_int_equal(file_enumerator_create(snapshot, &takers[0].enumerator), S_OK);
    takers[1].enumerator = takers[0].enumerator;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(thread_start(u"taker", take_all, &takers[i], &threads[i]), S_OK);
    for (size_t i = 0; i < 2; i++)
        thread_join(threads[i]);
    assert_int_equal(takers[0].taken + takers[1].taken, SHARED_ELEMENTS);
    assert_int_equal(element.references, 2 * SHARED_ELEMENTS);
    IEnumBackgroundCopyFiles_Release(takers[0].enumerator);
    snapshot_release(snapshot);
    assert_int_equal(element.references, SHARED_ELEMENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_gives_all_elements_in_their_order),
        cmocka_unit_test(next_of_exactly_the_rest_is_ok),
        cmocka_unit_test(next_of_none_is_ok_even_at_the_end),
        cmocka_unit_test(fetched_may_be_left_out_for_one_element_only),
        cmocka_unit_test(each_element_has_a_reference_of_its_own),
        cmocka_unit_test(skip_past_the_end_stops_at_the_end),
        cmocka_unit_test(reset_begins_anew),
        cmocka_unit_test(count_is_that_of_the_whole_snapshot),
        cmocka_unit_test(clone_starts_at_the_cursor_and_moves_by_itself),
        cmocka_unit_test(a_job_enumerator_is_one_of_jobs),
        cmocka_unit_test(threads_that_share_a_cursor_share_the_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
