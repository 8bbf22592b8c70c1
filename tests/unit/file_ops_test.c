/* The system's file layer against a real directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "file_ops.h"
#include "temp_dir.h"
#include "thread.h"

#define FILE_NOT_FOUND HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND)
#define PATH_NOT_FOUND HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND)

static struct file_ops *ops;
static struct temp_dir dir;
static wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    ops = file_ops_system();
    temp_dir_make(&dir);
    temp_dir_path(&dir, L"DO1.tmp", temporary);
    temp_dir_path(&dir, L"target.bin", target);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static HRESULT deliver(const wchar_t *from, const wchar_t *to, const struct closed_file *closed)
{
    struct deliveries *shared = NULL;
    HRESULT hr = ops->deliver(ops, &shared, from, to, closed);
    ops->end_deliveries(ops, shared);
    return hr;
}

static void make_file(const wchar_t *path, const char *content)
{
    struct file *file;
    assert_int_equal(ops->create(ops, path, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, content, strlen(content)), S_OK);
    ops->close(ops, file);
}

static void assert_content(const wchar_t *path, const char *expected)
{
    char *content = temp_file_read(path, NULL);
    assert_string_equal(content, expected);
    free(content);
}

static bool is_hidden(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    assert_int_not_equal(attributes, INVALID_FILE_ATTRIBUTES);
    return attributes & FILE_ATTRIBUTE_HIDDEN;
}

static void a_created_file_is_hidden_and_empty(void **state)
{
    (void)state;
    temp_file_write(temporary, "left over", 9);
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    ops->close(ops, file);
    assert_content(temporary, "");
    assert_int_equal(ops->remove(ops, temporary), S_OK);
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    ops->close(ops, file);
    assert_content(temporary, "");
    assert_true(is_hidden(temporary));
}

static void a_file_that_is_not_ours_is_not_touched(void **state)
{
    (void)state;
    temp_file_write(temporary, "somebody's", 10);
    struct file *file = (struct file *)1;
    assert_int_equal(ops->create(ops, temporary, 0, false, &file), HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_null(file);
    assert_content(temporary, "somebody's");
    assert_int_equal(ops->remove(ops, temporary), S_OK);
    assert_int_equal(ops->create(ops, temporary, 0, false, &file), S_OK);
    ops->close(ops, file);
    assert_true(is_hidden(temporary));
}

static void an_open_file_can_be_read_by_who_shares_reading_and_writing(void **state)
{
    (void)state;
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    HANDLE reader =
        CreateFileW(temporary, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(reader != INVALID_HANDLE_VALUE);
    CloseHandle(reader);
    ops->close(ops, file);
}

static void the_room_on_the_disk_is_told(void **state)
{
    (void)state;
    uint64_t size = 0;
    ULARGE_INTEGER available;
    assert_int_equal(ops->free_space(ops, temporary, &size), S_OK);
    assert_true(GetDiskFreeSpaceExW(dir.path, &available, NULL, NULL));
    /* Others write meanwhile. */
    assert_in_range(size, available.QuadPart / 2, available.QuadPart * 2);
    assert_true(FAILED(ops->free_space(ops, u"B:\\none\\a", &size)));
}

static void others_may_read_write_and_delete_an_open_file(void **state)
{
    (void)state;
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, "abc", 3), S_OK);
    assert_content(temporary, "abc");
    assert_true(DeleteFileW(temporary));
    ops->close(ops, file);
}

static void creating_without_a_directory_fails(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"none\\DO1.tmp", path);
    struct file *file = (struct file *)1;
    assert_int_equal(ops->create(ops, path, 0, true, &file), PATH_NOT_FOUND);
    assert_null(file);
}

static void opening_continues_a_file_and_tells_its_size(void **state)
{
    (void)state;
    struct file *file;
    uint64_t size = 1;
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), FILE_NOT_FOUND);
    assert_null(file);
    make_file(temporary, "0123456789");
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), S_OK);
    assert_int_equal(size, 10);
    assert_int_equal(ops->write_at(ops, file, 4, "xy", 2), S_OK);
    ops->close(ops, file);
    assert_content(temporary, "0123xy6789");
}

static void writes_go_to_their_places_beyond_4_gib(void **state)
{
    (void)state;
    const uint64_t distant = 5ull << 30;
    struct file *file;
    uint64_t size, written_at;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, distant, "end", 3), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, "start", 5), S_OK);
    assert_int_equal(ops->flush(ops, file), S_OK);
    ops->close(ops, file);
    assert_int_equal(ops->size_of(ops, temporary, &size, &written_at), S_OK);
    assert_true(size == distant + 3);
    HANDLE handle = CreateFileW(temporary, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    OVERLAPPED place = {.Offset = (DWORD)distant, .OffsetHigh = (DWORD)(distant >> 32)};
    char bytes[4] = "";
    DWORD read;
    assert_true(ReadFile(handle, bytes, 3, &read, &place));
    CloseHandle(handle);
    assert_string_equal(bytes, "end");
}

#define WRITERS 4
#define PIECE   1000
#define PIECES  50

struct writer {
    struct file *file;
    unsigned number;
    HRESULT hr;
};

static void write_pieces(void *context)
{
    struct writer *writer = context;
    char piece[PIECE];
    memset(piece, 'a' + (int)writer->number, sizeof(piece));
    for (unsigned i = 0; i < PIECES && SUCCEEDED(writer->hr); i++)
        writer->hr = ops->write_at(ops, writer->file, (i * WRITERS + writer->number) * PIECE, piece, PIECE);
}

static void threads_write_one_file_at_once(void **state)
{
    (void)state;
    struct writer writers[WRITERS] = {{0}};
    struct thread *threads[WRITERS];
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.file = file, .number = i};
        assert_int_equal(thread_start(u"writer", write_pieces, &writers[i], &threads[i]), S_OK);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        thread_join(threads[i]);
        assert_int_equal(writers[i].hr, S_OK);
    }
    ops->close(ops, file);
    size_t size;
    char *content = temp_file_read(temporary, &size);
    assert_int_equal(size, WRITERS * PIECE * PIECES);
    for (size_t i = 0; i < size; i++) {
        if (content[i] != (char)('a' + i / PIECE % WRITERS))
            fail_msg("byte %zu is %c", i, content[i]);
    }
    free(content);
}

static void size_and_times_can_be_set(void **state)
{
    (void)state;
    const uint64_t time = 130645440000000000ull; /* 2015-01-01 */
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, "0123456789", 10), S_OK);
    assert_int_equal(ops->set_size(ops, file, 4), S_OK);
    assert_int_equal(ops->set_times(ops, file, time), S_OK);
    ops->close(ops, file);
    assert_content(temporary, "0123");
    WIN32_FILE_ATTRIBUTE_DATA data;
    assert_true(GetFileAttributesExW(temporary, GetFileExInfoStandard, &data));
    assert_true(((uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime) == time);
}

#define TWO_SECONDS 20000000u

/* Of a file that was dated any later write shows, and no earlier one. */
static void the_time_of_the_last_write_tells_an_altered_file(void **state)
{
    (void)state;
    struct file *file;
    uint64_t size, dated, now;
    FILETIME present;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, "0123456789", 10), S_OK);
    GetSystemTimeAsFileTime(&present);
    now = (uint64_t)present.dwHighDateTime << 32 | present.dwLowDateTime;
    assert_int_equal(ops->set_times(ops, file, 0), S_OK);
    dated = ops->written_at(ops, file);
    assert_in_range(dated, now - TWO_SECONDS, now + 600000000); /* a minute */
    assert_int_equal(dated % TWO_SECONDS, 0);                   /* what FAT can keep */
    assert_int_equal(ops->flush(ops, file), S_OK);
    ops->close(ops, file);
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), S_OK);
    assert_true(ops->written_at(ops, file) == dated);
    ops->close(ops, file);
    assert_int_equal(ops->size_of(ops, temporary, &size, &now), S_OK);
    assert_true(now == dated);
    temp_file_write(temporary, "012X456789", 10);
    assert_int_equal(ops->size_of(ops, temporary, &size, &now), S_OK);
    assert_true(now != dated);
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 10, .written_at = dated}),
                     HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    assert_false(temp_file_exists(target));
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 10, .written_at = now}), S_OK);
    assert_int_equal(ops->size_of(ops, target, &size, &dated), S_OK);
    assert_true(now == dated);
}

static void delivery_renames_and_shows_the_file(void **state)
{
    (void)state;
    make_file(temporary, "new");
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 3}), S_OK);
    assert_false(temp_file_exists(temporary));
    assert_content(target, "new");
    assert_false(is_hidden(target));
}

static void delivery_replaces_what_bore_the_name(void **state)
{
    (void)state;
    temp_file_write(target, "something longer", 16);
    make_file(temporary, "new");
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 3}), S_OK);
    assert_content(target, "new");
}

static void a_file_of_another_length_is_not_delivered(void **state)
{
    (void)state;
    make_file(temporary, "new");
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 4}),
                     HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    assert_false(temp_file_exists(target));
    assert_true(is_hidden(temporary));
}

static void delivery_of_nothing_fails(void **state)
{
    (void)state;
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 3}), FILE_NOT_FOUND);
    assert_false(temp_file_exists(target));
}

static void only_the_directory_that_was_checked_is_used(void **state)
{
    (void)state;
    const HRESULT another = HRESULT_OF_WIN32(ERROR_DIRECTORY);
    uint64_t directory, size;
    size_t failed;
    struct file *file;
    const char16_t *path = target;
    assert_int_equal(ops->check_targets(ops, &path, 1, &directory, &failed), S_OK);
    assert_int_not_equal(directory, 0);
    assert_int_equal(ops->create(ops, temporary, directory + 1, true, &file), another);
    assert_null(file);
    assert_false(temp_file_exists(temporary));
    assert_int_equal(ops->create(ops, temporary, directory, true, &file), S_OK);
    ops->close(ops, file);
    assert_int_equal(ops->open(ops, temporary, directory + 1, &file, &size), another);
    assert_null(file);
    assert_int_equal(ops->open(ops, temporary, directory, &file, &size), S_OK);
    ops->close(ops, file);
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.directory = directory + 1, .size = 0}), another);
    assert_false(temp_file_exists(target));
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.directory = directory, .size = 0}), S_OK);
    assert_true(temp_file_exists(target));
}

static void a_failed_delivery_leaves_both_files_as_they_were(void **state)
{
    (void)state;
    make_file(temporary, "new");
    temp_file_write(target, "old", 3);
    HANDLE held = CreateFileW(target, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(held, INVALID_HANDLE_VALUE);
    HRESULT hr = deliver(temporary, target, &(struct closed_file){.size = 3});
    CloseHandle(held);
    assert_true(hr == HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION) || hr == E_ACCESSDENIED);
    assert_content(temporary, "new");
    assert_true(is_hidden(temporary));
    assert_content(target, "old");
}

static void removing_a_missing_file_is_no_failure(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    make_file(temporary, "x");
    assert_int_equal(ops->remove(ops, temporary), S_OK);
    assert_false(temp_file_exists(temporary));
    assert_int_equal(ops->remove(ops, temporary), S_FALSE);
    temp_dir_path(&dir, L"none\\DO1.tmp", path);
    assert_int_equal(ops->remove(ops, path), S_FALSE);
}

/* A drive that was unplugged takes its files with it, and may bring them back. */
static void a_file_of_a_drive_that_is_not_there_is_not_removed(void **state)
{
    (void)state;
    assert_int_equal(GetDriveTypeW(L"Q:\\"), DRIVE_NO_ROOT_DIR);
    assert_true(FAILED(ops->remove(ops, u"Q:\\DO1.tmp"))); /* which code depends on the system */
    assert_true(FAILED(ops->remove(ops, u"Q:\\folder\\DO1.tmp")));
    assert_true(FAILED(ops->remove(ops, u"\\\\?\\Q:\\folder\\DO1.tmp"))); /* as a long name is written */
}

static void size_of_a_missing_file_is_a_failure(void **state)
{
    (void)state;
    uint64_t size = 1, written_at = 1;
    assert_int_equal(ops->size_of(ops, target, &size, &written_at), FILE_NOT_FOUND);
    assert_int_equal(size, 0);
    make_file(target, "12345");
    assert_int_equal(ops->size_of(ops, target, &size, &written_at), S_OK);
    assert_int_equal(size, 5);
}

static HRESULT check_target(const char16_t *path)
{
    size_t failed = 1;
    uint64_t directory;
    HRESULT hr = ops->check_targets(ops, &path, 1, &directory, &failed);
    assert_int_equal(failed, 0);
    return hr;
}

static void a_target_needs_a_directory_and_must_be_none(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    assert_int_equal(check_target(target), S_OK);
    assert_false(temp_file_exists(target));
    make_file(target, "there");
    assert_int_equal(check_target(target), S_OK);
    assert_content(target, "there");
    assert_int_equal(check_target(dir.path), E_INVALIDARG);
    temp_dir_path(&dir, L"none\\target.bin", path);
    assert_int_equal(check_target(path), PATH_NOT_FOUND);
    temp_dir_path(&dir, L"target.bin\\below", path);
    assert_int_equal(check_target(path), PATH_NOT_FOUND);
    assert_int_equal(check_target(u"B:\\target.bin"), PATH_NOT_FOUND);
    assert_int_equal(check_target(u"B:\\none\\target.bin"), PATH_NOT_FOUND);
}

#define BATCH 20

static wchar_t batch[BATCH][TEMP_PATH_MAX];
static uint64_t directories[BATCH];

/* The first `count` names of a batch, but number `odd` is `name`; the HRESULT, and which one failed. */
static HRESULT check_batch(size_t count, size_t odd, const wchar_t *name, size_t *failed)
{
    const char16_t *paths[BATCH];
    for (size_t i = 0; i < count; i++) {
        wchar_t plain[32];
        swprintf(plain, 32, L"file%zu.bin", i);
        temp_dir_path(&dir, i == odd ? name : plain, batch[i]);
        paths[i] = batch[i];
    }
    return ops->check_targets(ops, paths, count, directories, failed);
}

static void many_targets_are_checked_as_each_would_be(void **state)
{
    (void)state;
    static const size_t counts[] = {3, BATCH}; /* too few to read the directory, and enough */
    wchar_t path[TEMP_PATH_MAX];
    size_t failed;
    temp_dir_path(&dir, L"Sub \u00c4 \u0416", path);
    assert_true(CreateDirectoryW(path, NULL));
    temp_dir_path(&dir, L"tilde~1", path);
    assert_true(CreateDirectoryW(path, NULL));
    temp_dir_path(&dir, L"file1.bin", path);
    temp_file_write(path, "x", 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(check_batch(counts[i], BATCH, L"", &failed), S_OK);
        assert_int_equal(check_batch(counts[i], 2, L"sub \u00e4 \u0436", &failed), E_INVALIDARG);
        assert_int_equal(failed, 2);
        assert_int_equal(check_batch(counts[i], 0, L"sub \u00e4 \u0436", &failed), E_INVALIDARG);
        assert_int_equal(failed, 0);
        assert_int_equal(check_batch(counts[i], 1, L"TILDE~1", &failed), E_INVALIDARG);
        assert_int_equal(failed, 1);
        assert_int_equal(check_batch(counts[i], 2, L"none\\file", &failed), PATH_NOT_FOUND);
        assert_int_equal(failed, 2);
        assert_int_equal(check_batch(counts[i], 1, L"sub \u00e4 \u0436\\file", &failed), S_OK);
        assert_true(directories[0] && directories[1] && directories[0] != directories[1]);
        assert_true(directories[counts[i] - 1] == directories[0]);
    }
}

static void many_targets_in_no_directory_are_refused(void **state)
{
    (void)state;
    const char16_t *paths[BATCH];
    size_t failed;
    make_file(target, "a file");
    for (size_t i = 0; i < BATCH; i++)
        paths[i] = u"B:\\none\\file";
    assert_int_equal(ops->check_targets(ops, paths, BATCH, directories, &failed), PATH_NOT_FOUND);
    temp_dir_path(&dir, L"target.bin\\below", batch[0]);
    for (size_t i = 0; i < BATCH; i++)
        paths[i] = batch[0];
    assert_int_equal(ops->check_targets(ops, paths, BATCH, directories, &failed), PATH_NOT_FOUND);
    temp_dir_path(&dir, L"none\\below", batch[0]);
    assert_int_equal(ops->check_targets(ops, paths, BATCH, directories, &failed), PATH_NOT_FOUND);
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"a\\b\\c", path);
    assert_int_equal(directory_create_private(path), S_OK);
    assert_true(GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY);
    assert_int_equal(directory_create_private(path), S_OK);
    temp_dir_path(&dir, L"a\\b\\c\\file", path);
    temp_file_write(path, "x", 1);
    assert_int_equal(directory_create_private(path), HRESULT_OF_WIN32(ERROR_DIRECTORY));
    temp_dir_path(&dir, L"a\\b\\c\\file\\d", path);
    assert_true(FAILED(directory_create_private(path)));
}

/* Of the directory's access list: may anybody have `wanted`? */
static bool may_everybody(const wchar_t *path, DWORD wanted)
{
    BYTE descriptor[4096], everybody[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(everybody);
    BOOL has_list, is_default;
    PACL list;
    assert_true(CreateWellKnownSid(WinWorldSid, NULL, everybody, &size));
    assert_true(GetFileSecurityW(path, DACL_SECURITY_INFORMATION, descriptor, sizeof(descriptor), &size));
    assert_true(GetSecurityDescriptorDacl(descriptor, &has_list, &list, &is_default));
    assert_true(has_list && list);
    for (DWORD i = 0; i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;
        assert_true(GetAce(list, i, (void **)&entry));
        if (entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && EqualSid(&entry->SidStart, everybody) &&
            entry->Mask & wanted)
            return true;
    }
    return false;
}

static void a_made_directory_is_private(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"private", path);
    assert_int_equal(directory_create_private(path), S_OK);
    assert_false(may_everybody(path, FILE_LIST_DIRECTORY | FILE_ADD_FILE));
}

static void names_beyond_max_path_work_in_every_call(void **state)
{
    (void)state;
    wchar_t deep[TEMP_PATH_MAX], name[TEMP_PATH_MAX], to[TEMP_PATH_MAX];
    wchar_t component[101];
    for (size_t i = 0; i < 100; i++)
        component[i] = L'd';
    component[100] = 0;
    swprintf(name, TEMP_PATH_MAX, L"%ls\\%ls\\%ls", component, component, component);
    temp_dir_path(&dir, name, deep);
    assert_true(wcslen(deep) > MAX_PATH);
    assert_int_equal(directory_create_private(deep), S_OK);
    assert_int_equal(directory_create_private(deep), S_OK);
    swprintf(name, TEMP_PATH_MAX, L"%ls\\DO1.tmp", deep);
    swprintf(to, TEMP_PATH_MAX, L"%ls\\target.bin", deep);
    assert_int_equal(check_target(to), S_OK);
    make_file(name, "deep");
    uint64_t size, written_at;
    struct file *file;
    assert_int_equal(ops->open(ops, name, 0, &file, &size), S_OK);
    ops->close(ops, file);
    assert_int_equal(size, 4);
    assert_int_equal(deliver(name, to, &(struct closed_file){.size = 4}), S_OK);
    assert_int_equal(ops->size_of(ops, to, &size, &written_at), S_OK);
    assert_int_equal(size, 4);
    assert_int_equal(ops->remove(ops, to), S_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_created_file_is_hidden_and_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_ours_is_not_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_directory_that_was_checked_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_file_can_be_read_by_who_shares_reading_and_writing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_room_on_the_disk_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_may_read_write_and_delete_an_open_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(creating_without_a_directory_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opening_continues_a_file_and_tells_its_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_go_to_their_places_beyond_4_gib, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_write_one_file_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(size_and_times_can_be_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_time_of_the_last_write_tells_an_altered_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delivery_renames_and_shows_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delivery_replaces_what_bore_the_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_another_length_is_not_delivered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delivery_of_nothing_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_delivery_leaves_both_files_as_they_were, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removing_a_missing_file_is_no_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_a_drive_that_is_not_there_is_not_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(size_of_a_missing_file_is_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_target_needs_a_directory_and_must_be_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_targets_are_checked_as_each_would_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_targets_in_no_directory_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(directories_are_made_with_their_parents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_made_directory_is_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_beyond_max_path_work_in_every_call, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
