/* The binary contract of the public header: method order, interface identifiers, structures and enumerations. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimization.h"
#include "idl_layout.h"
#include "idl_methods.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct method_slot our_slots[] = {SHARED_METHODS(METHOD_SLOT)};
static const struct vtable_size our_sizes[] = {SHARED_INTERFACES(VTABLE_SIZE)};

static void shared_methods_stand_in_the_slots_of_mingw(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(our_slots), mingw_slot_count);
    for (size_t i = 0; i < mingw_slot_count; i++) {
        assert_string_equal(our_slots[i].name, mingw_slots[i].name);
        if (our_slots[i].slot != mingw_slots[i].slot) {
            fail_msg("%s: slot %u, MinGW has %u", our_slots[i].name, (unsigned int)our_slots[i].slot,
                     (unsigned int)mingw_slots[i].slot);
        }
    }
}

/* The lists above name each slot once: then no method is forgotten in them, and none stands behind the last. */
static void shared_vtables_have_no_other_methods(void **state)
{
    size_t named = 0;

    (void)state;
    assert_int_equal(COUNT_OF(our_sizes), mingw_interface_count);
    for (size_t i = 0; i < mingw_interface_count; i++) {
        assert_string_equal(our_sizes[i].name, mingw_sizes[i].name);
        assert_int_equal(our_sizes[i].slots, mingw_sizes[i].slots);
        named += mingw_sizes[i].slots;
    }
    assert_int_equal(named, mingw_slot_count);
}

#define ASSERT_SLOT(interface_name, method, expected) assert_int_equal(SLOT_OF(interface_name, method), expected)
#define ASSERT_SLOTS(interface_name, expected)        assert_int_equal(SLOT_COUNT(interface_name), expected)

static void classic_methods_unknown_to_mingw_stand_in_their_slots(void **state)
{
    (void)state;
    ASSERT_SLOT(IBackgroundCopyJob5, SetProperty, 53);
    ASSERT_SLOT(IBackgroundCopyJob5, GetProperty, 54);

    ASSERT_SLOT(IBackgroundCopyFile5, GetRemoteName, 3);
    ASSERT_SLOT(IBackgroundCopyFile5, GetLocalName, 4);
    ASSERT_SLOT(IBackgroundCopyFile5, GetProgress, 5);
    ASSERT_SLOT(IBackgroundCopyFile5, GetFileRanges, 6);
    ASSERT_SLOT(IBackgroundCopyFile5, SetRemoteName, 7);
    ASSERT_SLOT(IBackgroundCopyFile5, GetTemporaryName, 8);
    ASSERT_SLOT(IBackgroundCopyFile5, SetValidationState, 9);
    ASSERT_SLOT(IBackgroundCopyFile5, GetValidationState, 10);
    ASSERT_SLOT(IBackgroundCopyFile5, IsDownloadedFromPeer, 11);
    ASSERT_SLOT(IBackgroundCopyFile5, GetPeerDownloadStats, 12);
    ASSERT_SLOT(IBackgroundCopyFile5, SetProperty, 13);
    ASSERT_SLOT(IBackgroundCopyFile5, GetProperty, 14);
    ASSERT_SLOTS(IBackgroundCopyFile5, 15);

    ASSERT_SLOT(IBackgroundCopyFile3, GetTemporaryName, 8);
    ASSERT_SLOT(IBackgroundCopyFile3, SetValidationState, 9);
    ASSERT_SLOT(IBackgroundCopyFile3, GetValidationState, 10);
    ASSERT_SLOT(IBackgroundCopyFile3, IsDownloadedFromPeer, 11);
    ASSERT_SLOTS(IBackgroundCopyFile3, 12);
    ASSERT_SLOT(IBackgroundCopyFile4, GetPeerDownloadStats, 12);
    ASSERT_SLOTS(IBackgroundCopyFile4, 13);
}

static void delivery_optimization_methods_stand_in_their_slots(void **state)
{
    (void)state;
    ASSERT_SLOT(IDeliveryOptimizationJob, AddFileWithRanges, 3);
    ASSERT_SLOTS(IDeliveryOptimizationJob, 4);
    ASSERT_SLOT(IDeliveryOptimizationJob2, AddFile, 3);
    ASSERT_SLOT(IDeliveryOptimizationJob2, GetProperty, 4);
    ASSERT_SLOT(IDeliveryOptimizationJob2, SetProperty, 5);
    ASSERT_SLOTS(IDeliveryOptimizationJob2, 6);
    ASSERT_SLOT(IDeliveryOptimizationFile, GetStats, 3);
    ASSERT_SLOTS(IDeliveryOptimizationFile, 4);
    ASSERT_SLOT(IDeliveryOptimizationFile2, GetProperty, 3);
    ASSERT_SLOT(IDeliveryOptimizationFile2, SetProperty, 4);
    ASSERT_SLOTS(IDeliveryOptimizationFile2, 5);

    ASSERT_SLOT(IDOManager, CreateDownload, 3);
    ASSERT_SLOT(IDOManager, EnumDownloads, 4);
    ASSERT_SLOTS(IDOManager, 5);
    ASSERT_SLOT(IDODownload, Start, 3);
    ASSERT_SLOT(IDODownload, Pause, 4);
    ASSERT_SLOT(IDODownload, Abort, 5);
    ASSERT_SLOT(IDODownload, Finalize, 6);
    ASSERT_SLOT(IDODownload, GetStatus, 7);
    ASSERT_SLOT(IDODownload, GetProperty, 8);
    ASSERT_SLOT(IDODownload, SetProperty, 9);
    ASSERT_SLOTS(IDODownload, 10);
    ASSERT_SLOT(IDODownloadStatusCallback, OnStatusChange, 3);
    ASSERT_SLOTS(IDODownloadStatusCallback, 4);
}

struct named_guid {
    const GUID *guid;
    const char *name;
    const char *text;
};

#define IID_ROW(interface_name, text)                                                                                  \
    {                                                                                                                  \
        &IID_##interface_name, #interface_name, text                                                                   \
    }

static const struct named_guid guids[] = {
    {&CLSID_DeliveryOptimization, "DeliveryOptimization", "5B99FA76-721C-423C-ADAC-56D03C8A8007"},
    {&LIBID_DeliveryOptimizationLib, "DeliveryOptimizationLib", "5B99FA76-721C-423C-ADAC-56D03C8A8007"},
    IID_ROW(IBackgroundCopyManager, "5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C"),
    IID_ROW(IBackgroundCopyJob, "37668D37-507E-4160-9316-26306D150B12"),
    IID_ROW(IBackgroundCopyJob2, "54B50739-686F-45EB-9DFF-D6A9A0FAA9AF"),
    IID_ROW(IBackgroundCopyJob3, "443C8934-90FF-48ED-BCDE-26F5C7450042"),
    IID_ROW(IBackgroundCopyJob4, "659CDEAE-489E-11D9-A9CD-000D56965251"),
    IID_ROW(IBackgroundCopyJob5, "E847030C-BBBA-4657-AF6D-484AA42BF1FE"),
    IID_ROW(IBackgroundCopyJobHttpOptions, "F1BD1079-9F01-4BDC-8036-F09B70095066"),
    IID_ROW(IBackgroundCopyFile, "01B7BD23-FB88-4A77-8490-5891D3E4653A"),
    IID_ROW(IBackgroundCopyFile2, "83E81B93-0873-474D-8A8C-F2018B1A939C"),
    IID_ROW(IBackgroundCopyFile3, "659CDEAA-489E-11D9-A9CD-000D56965251"),
    IID_ROW(IBackgroundCopyFile4, "EF7E0655-7888-4960-B0E5-730846E03492"),
    IID_ROW(IBackgroundCopyFile5, "85C1657F-DAFC-40E8-8834-DF18EA25717E"),
    IID_ROW(IBackgroundCopyError, "19C613A0-FCB8-4F28-81AE-897C3D078F81"),
    IID_ROW(IBackgroundCopyCallback, "97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22"),
    IID_ROW(IBackgroundCopyCallback2, "659CDEAC-489E-11D9-A9CD-000D56965251"),
    IID_ROW(IEnumBackgroundCopyFiles, "CA51E165-C365-424C-8D41-24AAA4FF3C40"),
    IID_ROW(IEnumBackgroundCopyJobs, "1AF4F612-3B71-466F-8F58-7B6F73AC57AD"),
    IID_ROW(IDeliveryOptimizationJob, "EE2584CF-A69C-4848-B633-2649962B3EF7"),
    IID_ROW(IDeliveryOptimizationJob2, "18995A26-BF59-4ABE-9F8B-D5092D5A2405"),
    IID_ROW(IDeliveryOptimizationFile, "B76B9699-E99E-4101-803F-A20E325D93E2"),
    IID_ROW(IDeliveryOptimizationFile2, "3A87296F-6EC2-4126-AB29-E3F8DC4CC390"),
    IID_ROW(IDOManager, "400E2D4A-1431-4C1A-A748-39CA472CFDB1"),
    IID_ROW(IDODownload, "FBBD7FC0-C147-4727-A38D-827EF071EE77"),
    IID_ROW(IDODownloadStatusCallback, "D166E8E3-A90E-4392-8E87-05E996D3747D"),
};

static void identifiers_are_those_of_the_contract(void **state)
{
    char text[37];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(guids); i++) {
        const GUID *guid = guids[i].guid;

        snprintf(text, sizeof(text), "%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", guid->Data1, guid->Data2,
                 guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2], guid->Data4[3], guid->Data4[4],
                 guid->Data4[5], guid->Data4[6], guid->Data4[7]);
        if (strcmp(text, guids[i].text) != 0) {
            fail_msg("%s is %s instead of %s", guids[i].name, text, guids[i].text);
        }
    }
}

static const GUID *find_guid(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(guids); i++) {
        if (strcmp(guids[i].name, name) == 0) {
            return guids[i].guid;
        }
    }
    return NULL;
}

static void shared_identifiers_are_those_of_mingw(void **state)
{
    (void)state;
    for (size_t i = 0; i < mingw_interface_count; i++) {
        const GUID *ours = find_guid(mingw_iids[i].name);

        assert_non_null(ours);
        assert_memory_equal(ours, mingw_iids[i].iid, sizeof(GUID));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_methods_stand_in_the_slots_of_mingw),
        cmocka_unit_test(shared_vtables_have_no_other_methods),
        cmocka_unit_test(classic_methods_unknown_to_mingw_stand_in_their_slots),
        cmocka_unit_test(delivery_optimization_methods_stand_in_their_slots),
        cmocka_unit_test(identifiers_are_those_of_the_contract),
        cmocka_unit_test(shared_identifiers_are_those_of_mingw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
