/* Answers of Windows' disks that Wine's never give: scripted in the place of the system's functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <winternl.h>

#include <cmocka.h>

#include "file_ops.h"
#include "temp_dir.h"

#define DELETE_PENDING ((NTSTATUS)0xC0000056)

static struct file_ops *ops;
static struct temp_dir dir;
static wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];

static bool has_no_tags;       /* as FAT and exFAT */
static NTSTATUS create_status; /* a failure: of each NtCreateFile */

typedef BOOL(WINAPI *get_information)(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *info, DWORD size);
typedef NTSTATUS(NTAPI *create_file)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                                     IO_STATUS_BLOCK *status, LARGE_INTEGER *allocation, ULONG file_attributes,
                                     ULONG sharing, ULONG disposition, ULONG options, void *extended,
                                     ULONG extended_size);

static uintptr_t system_function(const wchar_t *module, const char *name)
{
    return (uintptr_t)GetProcAddress(GetModuleHandleW(module), name);
}

static BOOL WINAPI get_information_of_disk(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *info, DWORD size)
{
    get_information real = (get_information)system_function(L"kernel32.dll", "GetFileInformationByHandleEx");
    if (has_no_tags && kind == FileAttributeTagInfo) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return real(file, kind, info, size);
}

/* What the linker takes in the place of the import libraries'. */
get_information __imp_GetFileInformationByHandleEx = get_information_of_disk;

NTSTATUS NTAPI NtCreateFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes, IO_STATUS_BLOCK *status,
                            LARGE_INTEGER *allocation, ULONG file_attributes, ULONG sharing, ULONG disposition,
                            ULONG options, void *extended, ULONG extended_size)
{
    create_file real = (create_file)system_function(L"ntdll.dll", "NtCreateFile");
    if (!NT_SUCCESS(create_status))
        return create_status;
    return real(file, access, attributes, status, allocation, file_attributes, sharing, disposition, options, extended,
                extended_size);
}

static int set_up(void **state)
{
    (void)state;
    ops = file_ops_system();
    has_no_tags = false;
    create_status = 0;
    temp_dir_make(&dir);
    temp_dir_path(&dir, L"DO1.tmp", temporary);
    temp_dir_path(&dir, L"target.bin", target);
    temp_file_write(temporary, "part", 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    create_status = 0;
    temp_dir_remove(&dir);
    return 0;
}

static HRESULT deliver(void)
{
    struct deliveries *shared = NULL;
    HRESULT hr = ops->deliver(ops, &shared, temporary, target, &(struct closed_file){.size = 4});
    ops->end_deliveries(ops, shared);
    return hr;
}

static void a_disk_that_knows_no_tags_of_links_has_files(void **state)
{
    (void)state;
    struct file *file;
    uint64_t size;
    has_no_tags = true;
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), S_OK);
    assert_int_equal(size, 4);
    ops->close(ops, file);
    assert_int_equal(deliver(), S_OK);
    assert_true(temp_file_exists(target));
}

/* Somebody has it open still: the name becomes free, or the file is gone, when that ends. */
static void a_file_that_is_just_being_deleted_is_in_use(void **state)
{
    (void)state;
    struct file *file;
    uint64_t size;
    create_status = DELETE_PENDING;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION));
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION));
    assert_int_equal(deliver(), HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_disk_that_knows_no_tags_of_links_has_files),
        TEST(a_file_that_is_just_being_deleted_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
