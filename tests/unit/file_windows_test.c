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

#define DELETE_PENDING    ((NTSTATUS)0xC0000056)
#define INVALID_PARAMETER ((NTSTATUS)0xC000000D)

static struct file_ops *ops;
static struct temp_dir dir;
static wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];

static bool has_no_tags;       /* as FAT and exFAT */
static bool is_deduplicated;   /* each file */
static HANDLE refused_root;    /* of the last rename; not NULL: renames in an open folder are refused */
static NTSTATUS create_status; /* a failure: of each NtCreateFile */

typedef BOOL(WINAPI *get_information)(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *info, DWORD size);
typedef NTSTATUS(NTAPI *create_file)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                                     IO_STATUS_BLOCK *status, LARGE_INTEGER *allocation, ULONG file_attributes,
                                     ULONG sharing, ULONG disposition, ULONG options, void *extended,
                                     ULONG extended_size);

typedef NTSTATUS(NTAPI *set_information)(HANDLE file, IO_STATUS_BLOCK *status, void *info, ULONG size,
                                         FILE_INFORMATION_CLASS kind);

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
    BOOL is_done = real(file, kind, info, size);
    if (is_deduplicated && kind == FileBasicInfo)
        ((FILE_BASIC_INFO *)info)->FileAttributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    if (is_deduplicated && kind == FileAttributeTagInfo)
        ((FILE_ATTRIBUTE_TAG_INFO *)info)->ReparseTag = IO_REPARSE_TAG_DEDUP;
    return is_done;
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

/* Wine knows no renaming in the file's own folder, which is what a name alone means. */
NTSTATUS NTAPI NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *status, void *info, ULONG size,
                                    FILE_INFORMATION_CLASS kind)
{
    set_information real = (set_information)system_function(L"ntdll.dll", "NtSetInformationFile");
    FILE_RENAME_INFO *name = info;
    if (!refused_root || kind != FileRenameInformation)
        return real(file, status, info, size, kind);
    if (name->RootDirectory) {
        refused_root = name->RootDirectory;
        return INVALID_PARAMETER;
    }
    assert_memory_equal(name->FileName, L"target.bin", name->FileNameLength);
    name->RootDirectory = refused_root;
    return real(file, status, info, size, kind);
}

static int set_up(void **state)
{
    (void)state;
    ops = file_ops_system();
    has_no_tags = false;
    create_status = 0;
    is_deduplicated = false;
    refused_root = NULL;
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

/* What a filter keeps elsewhere is not what is written past it. The name is the file's all the same. */
static void a_file_whose_bytes_are_elsewhere_is_delivered_but_not_written_to(void **state)
{
    (void)state;
    struct file *file;
    uint64_t size;
    is_deduplicated = true;
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), HRESULT_OF_WIN32(ERROR_CANT_RESOLVE_FILENAME));
    assert_int_equal(deliver(), S_OK);
}

/* As servers of shares may. */
static void a_disk_that_renames_in_no_open_folder_renames_in_the_files_own(void **state)
{
    (void)state;
    refused_root = INVALID_HANDLE_VALUE;
    temp_file_write(target, "old", 3);
    assert_int_equal(deliver(), S_OK);
    assert_false(refused_root == INVALID_HANDLE_VALUE);
    assert_false(temp_file_exists(temporary));
    char *content = temp_file_read(target, NULL);
    assert_string_equal(content, "part");
    free(content);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_disk_that_knows_no_tags_of_links_has_files),
        TEST(a_file_that_is_just_being_deleted_is_in_use),
        TEST(a_file_whose_bytes_are_elsewhere_is_delivered_but_not_written_to),
        TEST(a_disk_that_renames_in_no_open_folder_renames_in_the_files_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
