/* Where bytes go, and that a revoked writer's do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "fake_file.h"
#include "lock.h"
#include "memory_faults.h"
#include "sink.h"
#include "thread.h"

#define LIMIT_MS  30000u
#define DISK_FULL HRESULT_OF_WIN32(ERROR_DISK_FULL)

static struct fake_file disk;
static struct sink *sink;

static int set_up(void **state)
{
    (void)state;
    fake_file_init(&disk);
    assert_int_equal(sink_file_create(&disk.ops, u"C:\\t\\DO1.tmp", SINK_NOTHING, 0, &sink), S_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sink_release(sink);
    sink = NULL;
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(memory_faults_blocks(), 0);
    return 0;
}

/* Puts a sink that continues a file of `size` bytes in the place of the fresh one. */
static void continue_file(bool exists, uint64_t size, uint64_t minimum_size)
{
    sink_release(sink);
    disk.exists = exists;
    disk.size = size;
    assert_int_equal(sink_file_create(&disk.ops, u"C:\\t\\DO1.tmp", SINK_CONTINUED, minimum_size, &sink), S_OK);
}

static void a_file_of_somebody_else_is_left_alone(void **state)
{
    (void)state;
    disk.exists = true;
    disk.size = 4;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_int_equal(sink_finish(sink, 0, 0, 0), HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_int_equal(disk.size, 4);
    sink_release(sink);
    assert_int_equal(sink_file_create(&disk.ops, u"C:\\t\\DO1.tmp", SINK_OURS, 0, &sink), S_OK);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(disk.size, 3);
}

static void a_disk_without_room_is_told_before_the_first_byte(void **state)
{
    (void)state;
    disk.free_space = 999999;
    sink_expect(sink, 1000000);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), DISK_FULL);
    assert_false(disk.exists);
    disk.free_space = 1000000;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    disk.free_space = 0; /* that of an open file is not asked for again */
    assert_int_equal(sink_write(sink, 0, 3, "def", 3), S_OK);
    assert_int_equal(disk.calls[FAKE_FILE_FREE_SPACE], 2);
    assert_int_equal(sink_revoke(sink, false), S_OK);
    assert_int_equal(sink_write(sink, 1, 6, "ghi", 3), DISK_FULL);
    sink_expect(sink, SINK_SMALL); /* the write itself will tell */
    assert_int_equal(sink_write(sink, 1, 6, "ghi", 3), S_OK);
}

static void a_disk_that_does_not_tell_its_room_is_tried(void **state)
{
    (void)state;
    disk.fail[FAKE_FILE_FREE_SPACE] = E_ACCESSDENIED;
    sink_expect(sink, 1000000);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
}

static void the_file_is_created_by_the_first_write(void **state)
{
    (void)state;
    assert_int_equal(disk.calls[FAKE_FILE_CREATE], 0);
    assert_int_equal(sink_write(sink, 0, 3, "defg", 4), S_OK);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(disk.calls[FAKE_FILE_CREATE], 1);
    assert_int_equal(disk.calls[FAKE_FILE_OPEN], 0);
    assert_memory_equal(disk.content, "abcdefg", 7);
}

static void a_continued_file_is_opened_and_not_emptied(void **state)
{
    (void)state;
    memcpy(disk.content, "0123456789", 10);
    continue_file(true, 10, 10);
    assert_int_equal(sink_write(sink, 0, 10, "ab", 2), S_OK);
    assert_int_equal(disk.calls[FAKE_FILE_CREATE], 0);
    assert_memory_equal(disk.content, "0123456789ab", 12);
}

/* What the network or another program does to an opening says nothing about the file. */
static void only_an_opening_that_shows_it_loses_the_file(void **state)
{
    static const uint32_t hidden[] = {ERROR_UNEXP_NET_ERR, ERROR_NETNAME_DELETED, ERROR_PATH_NOT_FOUND, ERROR_IO_DEVICE,
                                      ERROR_SHARING_VIOLATION};
    static const uint32_t shown[] = {ERROR_FILE_NOT_FOUND, ERROR_CANT_RESOLVE_FILENAME, ERROR_TOO_MANY_LINKS};
    (void)state;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        continue_file(true, 10, 10);
        disk.fail[FAKE_FILE_OPEN] = HRESULT_OF_WIN32(hidden[i]);
        assert_int_equal(sink_write(sink, 0, 10, "ab", 2), HRESULT_OF_WIN32(hidden[i]));
        assert_false(sink_has_lost(sink));
    }
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        continue_file(true, 10, 10);
        disk.fail[FAKE_FILE_OPEN] = HRESULT_OF_WIN32(shown[i]);
        assert_int_equal(sink_write(sink, 0, 10, "ab", 2), HRESULT_OF_WIN32(shown[i]));
        assert_true(sink_has_lost(sink));
    }
    disk.fail[FAKE_FILE_OPEN] = S_OK;
}

/* A write that failed may have taken others with it, unless it was only refused. */
static void a_write_that_was_not_only_refused_loses_the_file(void **state)
{
    (void)state;
    disk.fail[FAKE_FILE_WRITE] = DISK_FULL;
    assert_int_equal(sink_write(sink, 0, 0, "ab", 2), DISK_FULL);
    assert_false(sink_has_lost(sink));
    disk.fail[FAKE_FILE_WRITE] = HRESULT_OF_WIN32(ERROR_NETNAME_DELETED);
    assert_int_equal(sink_write(sink, 0, 0, "ab", 2), HRESULT_OF_WIN32(ERROR_NETNAME_DELETED));
    assert_true(sink_has_lost(sink));
}

/* Who looks into the file keeps it from getting shorter, and lets go of it. */
static void a_file_that_is_looked_into_gets_its_length_later(void **state)
{
    (void)state;
    continue_file(true, 10, 4);
    disk.fail[FAKE_FILE_SET_SIZE] = HRESULT_OF_WIN32(ERROR_USER_MAPPED_FILE);
    assert_int_equal(sink_finish(sink, 0, 4, 0), HRESULT_OF_WIN32(ERROR_USER_MAPPED_FILE));
    assert_true(sink_is_in_use(HRESULT_OF_WIN32(ERROR_USER_MAPPED_FILE)));
    assert_false(sink_has_lost(sink));
    disk.fail[FAKE_FILE_SET_SIZE] = S_OK;
    assert_int_equal(sink_finish(sink, 0, 4, 0), S_OK);
}

static void an_end_that_failed_loses_the_file(void **state)
{
    (void)state;
    disk.fail[FAKE_FILE_FLUSH] = HRESULT_OF_WIN32(ERROR_IO_DEVICE);
    assert_int_equal(sink_write(sink, 0, 0, "ab", 2), S_OK);
    assert_int_equal(sink_finish(sink, 0, 2, 0), HRESULT_OF_WIN32(ERROR_IO_DEVICE));
    assert_true(sink_has_lost(sink));
}

static void a_continued_file_that_is_gone_is_not_created(void **state)
{
    (void)state;
    continue_file(false, 0, 10);
    assert_int_equal(sink_write(sink, 0, 10, "ab", 2), HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_false(disk.exists);
}

static void a_continued_file_that_became_shorter_is_refused(void **state)
{
    (void)state;
    continue_file(true, 9, 10);
    assert_int_equal(sink_write(sink, 0, 10, "ab", 2), DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(disk.written, 0);
    assert_int_equal(disk.open_count, 0);
}

static void failures_of_the_file_come_back(void **state)
{
    (void)state;
    disk.fail[FAKE_FILE_CREATE] = E_ACCESSDENIED;
    assert_int_equal(sink_write(sink, 0, 0, "a", 1), E_ACCESSDENIED);
    disk.fail[FAKE_FILE_CREATE] = S_OK;
    disk.fail[FAKE_FILE_WRITE] = DISK_FULL;
    assert_int_equal(sink_write(sink, 0, 0, "a", 1), DISK_FULL);
    disk.fail[FAKE_FILE_WRITE] = S_OK;
    assert_int_equal(sink_write(sink, 0, 0, "a", 1), S_OK);
}

static void an_old_generation_writes_nothing(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_revoke(sink, false), S_OK);
    assert_int_equal(sink_generation(sink), 1);
    assert_int_equal(sink_write(sink, 0, 0, "XXX", 3), SINK_REVOKED);
    assert_int_equal(sink_finish(sink, 0, 3, 0), SINK_REVOKED);
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(disk.calls[FAKE_FILE_WRITE], 1);
    assert_int_equal(disk.calls[FAKE_FILE_FLUSH], 0);
    assert_memory_equal(disk.content, "abc", 3);
}

static void a_sink_revoked_before_it_was_opened_opens_nothing(void **state)
{
    (void)state;
    assert_int_equal(sink_revoke(sink, true), S_OK);
    assert_int_equal(sink_write(sink, 0, 0, "XXX", 3), SINK_REVOKED);
    assert_int_equal(disk.calls[FAKE_FILE_CREATE], 0);
    assert_int_equal(disk.calls[FAKE_FILE_FLUSH], 0);
}

static void the_next_generation_continues_the_content(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_revoke(sink, true), S_OK);
    assert_int_equal(disk.flushed, 3);
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), S_OK);
    assert_int_equal(disk.calls[FAKE_FILE_CREATE], 1);
    assert_int_equal(disk.calls[FAKE_FILE_OPEN], 1);
    assert_memory_equal(disk.content, "abcdef", 6);
}

static void the_next_generation_notices_that_the_file_was_cut(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_revoke(sink, false), S_OK);
    disk.size = 2;
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), DO_E_HTTP_BLOCKSIZE_MISMATCH);
    disk.size = 3;
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), S_OK);
}

static void revoking_reports_a_failed_flush_and_revokes_all_the_same(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    disk.fail[FAKE_FILE_FLUSH] = DISK_FULL;
    assert_int_equal(sink_revoke(sink, true), DISK_FULL);
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(sink_write(sink, 0, 0, "XXX", 3), SINK_REVOKED);
}

static void flushing_makes_what_was_written_durable(void **state)
{
    (void)state;
    assert_int_equal(sink_flush(sink), S_FALSE);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_flush(sink), S_OK);
    assert_int_equal(disk.flushed, 3);
    assert_int_equal(disk.open_count, 1);
    disk.fail[FAKE_FILE_FLUSH] = DISK_FULL;
    assert_int_equal(sink_flush(sink), DISK_FULL);
}

static void finishing_sets_times_flushes_and_closes(void **state)
{
    (void)state;
    const uint64_t time = 130645440000000000ull;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_finish(sink, 0, 3, time), S_OK);
    assert_true(disk.time == time);
    assert_int_equal(disk.flushed, 3);
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(disk.calls[FAKE_FILE_SET_SIZE], 0); /* it has that size */
    assert_int_equal(sink_write(sink, 0, 0, "XXX", 3), SINK_REVOKED);
    assert_int_equal(sink_finish(sink, 0, 3, time), SINK_REVOKED);
    assert_memory_equal(disk.content, "abc", 3);
}

static void a_closed_file_knows_when_it_was_written(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_written_at(sink), 0);
    assert_int_equal(sink_revoke(sink, true), S_OK);
    assert_int_equal(sink_written_at(sink), 2); /* the fake's clock: the write, and when it was dated */
    assert_int_equal(disk.calls[FAKE_FILE_SET_TIMES], 1);
    assert_int_equal(disk.flushed_time, 2);
    assert_int_equal(sink_write(sink, 1, 3, "d", 1), S_OK);
    assert_int_equal(sink_written_at(sink), 0);
    assert_int_equal(sink_finish(sink, 1, 4, 0), S_OK);
    assert_int_equal(sink_written_at(sink), 4);
    assert_int_equal(disk.flushed_time, 4);
}

static void a_file_that_was_altered_is_not_continued(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_revoke(sink, true), S_OK);
    disk.time++;
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    assert_int_equal(sink_finish(sink, 1, 3, 0), HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    assert_memory_equal(disk.content, "abc", 3);
    disk.time--;
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), S_OK);
    continue_file(true, 6, 6); /* another host, which was told */
    sink_file_expect_written(sink, disk.time + 1);
    assert_int_equal(sink_write(sink, 0, 3, "ghi", 3), HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    sink_file_expect_written(sink, disk.time);
    assert_int_equal(sink_write(sink, 0, 3, "ghi", 3), S_OK);
}

/* Where the disk has no times, or what was written is perhaps not on it, there is nothing to compare with. */
static void a_file_without_a_time_is_continued(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    disk.fail[FAKE_FILE_SET_TIMES] = DISK_FULL;
    assert_int_equal(sink_revoke(sink, true), S_OK);
    assert_int_equal(sink_written_at(sink), 0);
    assert_int_equal(sink_write(sink, 1, 3, "def", 3), S_OK);
    disk.fail[FAKE_FILE_SET_TIMES] = S_OK;
    disk.fail[FAKE_FILE_FLUSH] = DISK_FULL;
    assert_int_equal(sink_revoke(sink, true), DISK_FULL);
    assert_int_equal(sink_written_at(sink), 0);
    disk.fail[FAKE_FILE_FLUSH] = S_OK;
    disk.fail[FAKE_FILE_SET_TIMES] = DISK_FULL;
    assert_int_equal(sink_finish(sink, 2, 6, 0), S_OK);
    assert_int_equal(sink_written_at(sink), 0);
}

static void a_time_that_the_disk_refuses_is_replaced_by_the_present_one(void **state)
{
    (void)state;
    disk.earliest = 100;
    disk.now = 200;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_finish(sink, 0, 3, 99), S_OK);
    assert_int_equal(disk.time, 202);
    assert_int_equal(sink_written_at(sink), 202);
    assert_int_equal(disk.flushed_time, 202);
}

static void a_disk_without_times_takes_the_servers_file(void **state)
{
    (void)state;
    disk.fail[FAKE_FILE_SET_TIMES] = E_ACCESSDENIED;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_finish(sink, 0, 3, 99), S_OK);
    assert_int_equal(sink_written_at(sink), 0);
}

static void finishing_cuts_off_what_a_longer_file_had(void **state)
{
    (void)state;
    continue_file(true, 10, 3);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_finish(sink, 0, 3, 0), S_OK);
    assert_int_equal(disk.size, 3);
}

static void an_empty_file_is_created_by_finishing(void **state)
{
    (void)state;
    assert_int_equal(sink_finish(sink, 0, 0, 0), S_OK);
    assert_true(disk.exists);
    assert_int_equal(disk.size, 0);
    assert_int_equal(disk.open_count, 0);
}

/* Who copied the books before would record bytes that are perhaps not on the disk. */
static void a_flush_after_a_close_that_flushed_nothing_fails(void **state)
{
    (void)state;
    assert_int_equal(sink_flush(sink), S_FALSE);
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    assert_int_equal(sink_revoke(sink, true), S_OK);
    assert_int_equal(sink_flush(sink), S_FALSE);
    assert_int_equal(sink_write(sink, 1, 3, "d", 1), S_OK);
    disk.fail[FAKE_FILE_FLUSH] = DISK_FULL;
    assert_int_equal(sink_revoke(sink, true), DISK_FULL);
    disk.fail[FAKE_FILE_FLUSH] = S_OK;
    assert_int_equal(sink_flush(sink), DISK_FULL);
    assert_int_equal(sink_write(sink, 2, 4, "e", 1), S_OK);
    assert_int_equal(sink_revoke(sink, false), S_OK);
    assert_int_equal(sink_flush(sink), SINK_REVOKED);
    assert_int_equal(sink_write(sink, 3, 5, "f", 1), S_OK);
    assert_int_equal(sink_finish(sink, 3, 6, 0), S_OK);
    assert_int_equal(sink_flush(sink), S_FALSE);
}

static void what_is_finished_stays_so(void **state)
{
    (void)state;
    assert_true(sink_may_finish(sink, 0));
    assert_int_equal(sink_revoke(sink, false), S_OK);
    assert_false(sink_may_finish(sink, 0));
    assert_int_equal(sink_finish(sink, 1, 0, 0), S_OK);
    assert_int_equal(sink_revoke(sink, false), S_OK);
    assert_true(sink_may_finish(sink, 1));
}

static void a_failed_finish_can_be_repeated(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    static const enum fake_file_call steps[] = {FAKE_FILE_SET_SIZE, FAKE_FILE_FLUSH};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        disk.fail[steps[i]] = DISK_FULL;
        assert_int_equal(sink_finish(sink, 0, 5, 1), DISK_FULL);
        disk.fail[steps[i]] = S_OK;
    }
    assert_int_equal(sink_finish(sink, 0, 5, 1), S_OK);
    assert_int_equal(disk.size, 5);
}

static void the_last_release_closes_the_file(void **state)
{
    (void)state;
    assert_int_equal(sink_write(sink, 0, 0, "abc", 3), S_OK);
    sink_addref(sink);
    sink_release(sink);
    assert_int_equal(disk.open_count, 1);
    sink_release(sink);
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(sink_file_create(&disk.ops, u"C:\\t\\DO1.tmp", SINK_NOTHING, 0, &sink), S_OK);
}

static void no_memory_gives_no_sink(void **state)
{
    (void)state;
    for (size_t number = 1; number <= 2; number++) {
        struct sink *made = sink;
        memory_faults_fail(number);
        assert_int_equal(sink_file_create(&disk.ops, u"C:\\x", SINK_NOTHING, 0, &made), E_OUTOFMEMORY);
        assert_null(made);
    }
}

/* ---- Streams ---- */

struct taker {
    struct sink_stream stream;
    bool had_begun_in_write;
    bool is_destroyed;
};

static HRESULT take(struct sink_stream *stream, const void *data, size_t size, size_t *taken)
{
    (void)data;
    ((struct taker *)stream)->had_begun_in_write = sink_stream_has_begun(stream);
    *taken = size;
    return S_OK;
}

static void end_taker(struct sink_stream *stream)
{
    ((struct taker *)stream)->is_destroyed = true;
}

static void a_stream_gets_its_bytes_without_a_gap_and_all_of_them(void **state)
{
    (void)state;
    struct taker taker = {.stream = {.write = take, .destroy = end_taker, .references = 1}};
    struct sink *made;
    assert_int_equal(sink_stream_create(&taker.stream, &made), S_OK);
    assert_false(sink_stream_has_begun(&taker.stream));
    assert_int_equal(sink_write(made, 0, 3, "def", 3), DO_E_FATAL_CORE_ERROR); /* nobody may ask for that */
    assert_false(sink_stream_has_begun(&taker.stream));
    assert_int_equal(sink_write(made, 0, 0, "abc", 3), S_OK);
    assert_true(taker.had_begun_in_write);
    assert_int_equal(sink_finish(made, 0, 4, 0), DO_E_FATAL_CORE_ERROR);
    assert_int_equal(sink_write(made, 0, 2, "cd", 2), S_OK); /* of which it has the first */
    assert_int_equal(taker.stream.position, 4);
    assert_int_equal(sink_finish(made, 0, 4, 0), S_OK);
    sink_release(made);
    assert_false(taker.is_destroyed);
    sink_stream_release(&taker.stream);
    assert_true(taker.is_destroyed);
}

/* ---- Two threads ---- */

struct meeting {
    struct signal inside, go_on, ended;
    _Atomic unsigned count;
    HRESULT hr;
};

static void meet(struct meeting *meeting)
{
    memset(meeting, 0, sizeof(*meeting));
}

static void stop_in_write(void *context)
{
    struct meeting *meeting = context;
    signal_set(&meeting->inside);
    signal_wait(&meeting->go_on, LIMIT_MS);
}

static void write_in_thread(void *context)
{
    struct meeting *meeting = context;
    meeting->hr = sink_write(sink, 0, 0, "abc", 3);
}

static void revoke_in_thread(void *context)
{
    struct meeting *meeting = context;
    sink_revoke(sink, false);
    signal_set(&meeting->ended);
}

static void revoking_waits_for_the_write_in_progress(void **state)
{
    (void)state;
    struct meeting meeting;
    struct thread *writer, *revoker;
    meet(&meeting);
    assert_int_equal(sink_write(sink, 0, 3, "d", 1), S_OK); /* it is open */
    disk.on_write = stop_in_write;
    disk.context = &meeting;
    assert_int_equal(thread_start(u"writer", write_in_thread, &meeting, &writer), S_OK);
    assert_true(signal_wait(&meeting.inside, LIMIT_MS));
    assert_int_equal(thread_start(u"revoker", revoke_in_thread, &meeting, &revoker), S_OK);
    assert_false(signal_wait(&meeting.ended, 100));
    assert_int_equal(disk.open_count, 1);
    signal_set(&meeting.go_on);
    assert_true(signal_wait(&meeting.ended, LIMIT_MS));
    thread_join(writer);
    thread_join(revoker);
    assert_int_equal(meeting.hr, S_OK);
    assert_memory_equal(disk.content, "abcd", 4);
    assert_int_equal(disk.open_count, 0);
    assert_int_equal(sink_write(sink, 0, 0, "XXX", 3), SINK_REVOKED);
}

static void await_each_other(void *context)
{
    struct meeting *meeting = context;
    if (atomic_fetch_add(&meeting->count, 1) == 1) {
        signal_set(&meeting->go_on);
        return;
    }
    if (signal_wait(&meeting->go_on, LIMIT_MS))
        signal_set(&meeting->inside);
}

static void two_workers_write_at_the_same_time(void **state)
{
    (void)state;
    struct meeting meeting;
    struct thread *writer;
    meet(&meeting);
    assert_int_equal(sink_write(sink, 0, 5, "f", 1), S_OK);
    disk.on_write = await_each_other;
    disk.context = &meeting;
    assert_int_equal(thread_start(u"writer", write_in_thread, &meeting, &writer), S_OK);
    assert_int_equal(sink_write(sink, 0, 3, "de", 2), S_OK);
    thread_join(writer);
    assert_true(signal_wait(&meeting.inside, 0)); /* one was inside while the other came */
    assert_memory_equal(disk.content, "abcdef", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_of_somebody_else_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_without_room_is_told_before_the_first_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_does_not_tell_its_room_is_tried, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_is_created_by_the_first_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_continued_file_is_opened_and_not_emptied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_an_opening_that_shows_it_loses_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_write_that_was_not_only_refused_loses_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_looked_into_gets_its_length_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_that_failed_loses_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_continued_file_that_is_gone_is_not_created, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_continued_file_that_became_shorter_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_of_the_file_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_generation_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sink_revoked_before_it_was_opened_opens_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_generation_continues_the_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_generation_notices_that_the_file_was_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revoking_reports_a_failed_flush_and_revokes_all_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(flushing_makes_what_was_written_durable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finishing_sets_times_flushes_and_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_file_knows_when_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_altered_is_not_continued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_without_a_time_is_continued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_time_that_the_disk_refuses_is_replaced_by_the_present_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_without_times_takes_the_servers_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finishing_cuts_off_what_a_longer_file_had, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_file_is_created_by_finishing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flush_after_a_close_that_flushed_nothing_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_finished_stays_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_finish_can_be_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_release_closes_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_gives_no_sink, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_gets_its_bytes_without_a_gap_and_all_of_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revoking_waits_for_the_write_in_progress, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_workers_write_at_the_same_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
