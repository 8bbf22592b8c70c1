/* What a client compiled against Microsoft's headers takes for granted, checked while compiling (x64). */
#ifndef DOSVC_TESTS_IDL_LAYOUT_H
#define DOSVC_TESTS_IDL_LAYOUT_H

#include <stddef.h>

#include "deliveryoptimization.h"

#define VALUE(name, value) _Static_assert((unsigned int)(name) == (unsigned int)(value), #name)
#define SIZE(type, size)   _Static_assert(sizeof(type) == (size), #type)
#define FIELD(type, member, offset, size)                                                                              \
    _Static_assert(offsetof(type, member) == (offset) && sizeof(((type *)0)->member) == (size), #type "." #member)

SIZE(DO_DOWNLOAD_RANGE, 16);
FIELD(DO_DOWNLOAD_RANGE, Offset, 0, 8);
FIELD(DO_DOWNLOAD_RANGE, Length, 8, 8);
FIELD(DO_DOWNLOAD_RANGES_INFO, RangeCount, 0, 4);
_Static_assert(offsetof(DO_DOWNLOAD_RANGES_INFO, Ranges) == 8, "DO_DOWNLOAD_RANGES_INFO.Ranges");
SIZE(DO_DOWNLOAD_STATUS, 32);
FIELD(DO_DOWNLOAD_STATUS, BytesTotal, 0, 8);
FIELD(DO_DOWNLOAD_STATUS, BytesTransferred, 8, 8);
FIELD(DO_DOWNLOAD_STATUS, State, 16, 4);
FIELD(DO_DOWNLOAD_STATUS, Error, 20, 4);
FIELD(DO_DOWNLOAD_STATUS, ExtendedError, 24, 4);
SIZE(DO_DOWNLOAD_ENUM_CATEGORY, 16);
FIELD(DO_DOWNLOAD_ENUM_CATEGORY, Property, 0, 4);
FIELD(DO_DOWNLOAD_ENUM_CATEGORY, Value, 8, 8);

SIZE(BG_FILE_INFO, 16);
FIELD(BG_FILE_INFO, RemoteName, 0, 8);
FIELD(BG_FILE_INFO, LocalName, 8, 8);
SIZE(BG_FILE_RANGE, 16);
FIELD(BG_FILE_RANGE, InitialOffset, 0, 8);
FIELD(BG_FILE_RANGE, Length, 8, 8);
SIZE(BG_FILE_PROGRESS, 24);
FIELD(BG_FILE_PROGRESS, BytesTotal, 0, 8);
FIELD(BG_FILE_PROGRESS, BytesTransferred, 8, 8);
FIELD(BG_FILE_PROGRESS, Completed, 16, 4);
SIZE(BG_JOB_PROGRESS, 24);
FIELD(BG_JOB_PROGRESS, BytesTotal, 0, 8);
FIELD(BG_JOB_PROGRESS, BytesTransferred, 8, 8);
FIELD(BG_JOB_PROGRESS, FilesTotal, 16, 4);
FIELD(BG_JOB_PROGRESS, FilesTransferred, 20, 4);
SIZE(BG_JOB_TIMES, 24);
FIELD(BG_JOB_TIMES, CreationTime, 0, 8);
FIELD(BG_JOB_TIMES, ModificationTime, 8, 8);
FIELD(BG_JOB_TIMES, TransferCompletionTime, 16, 8);
SIZE(BG_JOB_REPLY_PROGRESS, 16);
SIZE(BG_BASIC_CREDENTIALS, 16);
FIELD(BG_BASIC_CREDENTIALS, Password, 8, 8);
SIZE(BG_AUTH_CREDENTIALS, 24);
FIELD(BG_AUTH_CREDENTIALS, Target, 0, 4);
FIELD(BG_AUTH_CREDENTIALS, Scheme, 4, 4);
FIELD(BG_AUTH_CREDENTIALS, Credentials, 8, 16);
SIZE(BITS_JOB_PROPERTY_VALUE, 16);
SIZE(BITS_FILE_PROPERTY_VALUE, 8);
SIZE(DOSwarmStats, 136);
FIELD(DOSwarmStats, fileId, 0, 8);
FIELD(DOSwarmStats, sourceURL, 8, 8);
FIELD(DOSwarmStats, fileSize, 16, 8);
FIELD(DOSwarmStats, totalBytesDownloaded, 24, 8);
FIELD(DOSwarmStats, bytesFromLanPeers, 32, 8);
FIELD(DOSwarmStats, bytesFromGroupPeers, 40, 8);
FIELD(DOSwarmStats, bytesFromInternetPeers, 48, 8);
FIELD(DOSwarmStats, bytesFromHttp, 56, 8);
FIELD(DOSwarmStats, bytesFromDoinc, 64, 8);
FIELD(DOSwarmStats, bytesToLanPeers, 72, 8);
FIELD(DOSwarmStats, bytesToGroupPeers, 80, 8);
FIELD(DOSwarmStats, bytesToInternetPeers, 88, 8);
FIELD(DOSwarmStats, httpConnectionCount, 96, 4);
FIELD(DOSwarmStats, doincConnectionCount, 100, 4);
FIELD(DOSwarmStats, lanConnectionCount, 104, 4);
FIELD(DOSwarmStats, groupConnectionCount, 108, 4);
FIELD(DOSwarmStats, internetConnectionCount, 112, 4);
FIELD(DOSwarmStats, downloadDuration, 116, 4);
FIELD(DOSwarmStats, downloadMode, 120, 4);
FIELD(DOSwarmStats, status, 124, 4);
FIELD(DOSwarmStats, isBackground, 128, 4);

VALUE(BITS_JOB_TRANSFER_POLICY_ALWAYS, 0x800000FF);
VALUE(BITS_JOB_TRANSFER_POLICY_NOT_ROAMING, 0x8000007F);
VALUE(BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE, 0x8000006F);
VALUE(BITS_JOB_TRANSFER_POLICY_STANDARD, 0x80000067);
VALUE(BITS_JOB_TRANSFER_POLICY_UNRESTRICTED, 0x80000021);
VALUE(BG_JOB_ENUM_ALL_USERS, 1);
_Static_assert(BG_SIZE_UNKNOWN == 0xFFFFFFFFFFFFFFFF, "BG_SIZE_UNKNOWN");
_Static_assert(BG_LENGTH_TO_EOF == 0xFFFFFFFFFFFFFFFF, "BG_LENGTH_TO_EOF");
_Static_assert(DO_UNKNOWN_FILE_SIZE == 0xFFFFFFFFFFFFFFFF, "DO_UNKNOWN_FILE_SIZE");
_Static_assert(DO_LENGTH_TO_EOF == 0xFFFFFFFFFFFFFFFF, "DO_LENGTH_TO_EOF");

VALUE(BG_JOB_STATE_QUEUED, 0);
VALUE(BG_JOB_STATE_CONNECTING, 1);
VALUE(BG_JOB_STATE_TRANSFERRING, 2);
VALUE(BG_JOB_STATE_SUSPENDED, 3);
VALUE(BG_JOB_STATE_ERROR, 4);
VALUE(BG_JOB_STATE_TRANSIENT_ERROR, 5);
VALUE(BG_JOB_STATE_TRANSFERRED, 6);
VALUE(BG_JOB_STATE_ACKNOWLEDGED, 7);
VALUE(BG_JOB_STATE_CANCELLED, 8);

VALUE(BG_JOB_PRIORITY_FOREGROUND, 0);
VALUE(BG_JOB_PRIORITY_HIGH, 1);
VALUE(BG_JOB_PRIORITY_NORMAL, 2);
VALUE(BG_JOB_PRIORITY_LOW, 3);

VALUE(BG_JOB_TYPE_DOWNLOAD, 0);
VALUE(BG_JOB_TYPE_UPLOAD, 1);
VALUE(BG_JOB_TYPE_UPLOAD_REPLY, 2);

VALUE(BG_JOB_PROXY_USAGE_PRECONFIG, 0);
VALUE(BG_JOB_PROXY_USAGE_NO_PROXY, 1);
VALUE(BG_JOB_PROXY_USAGE_OVERRIDE, 2);
VALUE(BG_JOB_PROXY_USAGE_AUTODETECT, 3);

VALUE(BG_ERROR_CONTEXT_NONE, 0);
VALUE(BG_ERROR_CONTEXT_UNKNOWN, 1);
VALUE(BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, 2);
VALUE(BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION, 3);
VALUE(BG_ERROR_CONTEXT_LOCAL_FILE, 4);
VALUE(BG_ERROR_CONTEXT_REMOTE_FILE, 5);
VALUE(BG_ERROR_CONTEXT_GENERAL_TRANSPORT, 6);
VALUE(BG_ERROR_CONTEXT_REMOTE_APPLICATION, 7);

VALUE(BG_AUTH_TARGET_SERVER, 1);
VALUE(BG_AUTH_TARGET_PROXY, 2);

VALUE(BG_AUTH_SCHEME_BASIC, 1);
VALUE(BG_AUTH_SCHEME_DIGEST, 2);
VALUE(BG_AUTH_SCHEME_NTLM, 3);
VALUE(BG_AUTH_SCHEME_NEGOTIATE, 4);
VALUE(BG_AUTH_SCHEME_PASSPORT, 5);

VALUE(BG_CERT_STORE_LOCATION_CURRENT_USER, 0);
VALUE(BG_CERT_STORE_LOCATION_LOCAL_MACHINE, 1);
VALUE(BG_CERT_STORE_LOCATION_CURRENT_SERVICE, 2);
VALUE(BG_CERT_STORE_LOCATION_SERVICES, 3);
VALUE(BG_CERT_STORE_LOCATION_USERS, 4);
VALUE(BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY, 5);
VALUE(BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY, 6);
VALUE(BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE, 7);

VALUE(BITS_JOB_PROPERTY_ID_COST_FLAGS, 1);
VALUE(BITS_JOB_PROPERTY_NOTIFICATION_CLSID, 2);
VALUE(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, 3);
VALUE(BITS_JOB_PROPERTY_HIGH_PERFORMANCE, 4);
VALUE(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, 5);
VALUE(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, 7);
VALUE(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 9);
VALUE(BITS_JOB_PROPERTY_ON_DEMAND_MODE, 10);

VALUE(BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, 1);

VALUE(BG_NOTIFY_JOB_TRANSFERRED, 0x01);
VALUE(BG_NOTIFY_JOB_ERROR, 0x02);
VALUE(BG_NOTIFY_DISABLE, 0x04);
VALUE(BG_NOTIFY_JOB_MODIFICATION, 0x08);
VALUE(BG_NOTIFY_FILE_TRANSFERRED, 0x10);
VALUE(BG_NOTIFY_FILE_RANGES_TRANSFERRED, 0x20);

VALUE(DownloadMode_CdnOnly, 0);
VALUE(DownloadMode_Lan, 1);
VALUE(DownloadMode_Group, 2);
VALUE(DownloadMode_Internet, 3);
VALUE(DownloadMode_Simple, 99);
VALUE(DownloadMode_Bypass, 100);

VALUE(SwarmStatus_Downloading, 0);
VALUE(SwarmStatus_Complete, 1);
VALUE(SwarmStatus_Caching, 2);
VALUE(SwarmStatus_Paused, 3);

VALUE(DOJobPropertyId_ExtendedErrorInfo, 0);

VALUE(DOFilePropertyId_DecryptionInfo, 0);
VALUE(DOFilePropertyId_IntegrityCheckInfo, 1);
VALUE(DOFilePropertyId_IntegrityCheckMandatory, 2);
VALUE(DOFilePropertyId_DownloadSinkInterface, 3);
VALUE(DOFilePropertyId_DownloadSinkFilePath, 4);
VALUE(DOFilePropertyId_DownloadSinkMemoryStream, 5);
VALUE(DOFilePropertyId_TotalSizeBytes, 6);

VALUE(DODownloadState_Created, 0);
VALUE(DODownloadState_Transferring, 1);
VALUE(DODownloadState_Transferred, 2);
VALUE(DODownloadState_Finalized, 3);
VALUE(DODownloadState_Aborted, 4);
VALUE(DODownloadState_Paused, 5);

VALUE(DODownloadCostPolicy_Always, 0);
VALUE(DODownloadCostPolicy_Unrestricted, 1);
VALUE(DODownloadCostPolicy_Standard, 2);
VALUE(DODownloadCostPolicy_NoRoaming, 3);
VALUE(DODownloadCostPolicy_NoSurcharge, 4);
VALUE(DODownloadCostPolicy_NoCellular, 5);

VALUE(DODownloadProperty_Id, 0);
VALUE(DODownloadProperty_Uri, 1);
VALUE(DODownloadProperty_ContentId, 2);
VALUE(DODownloadProperty_DisplayName, 3);
VALUE(DODownloadProperty_LocalPath, 4);
VALUE(DODownloadProperty_HttpCustomHeaders, 5);
VALUE(DODownloadProperty_CostPolicy, 6);
VALUE(DODownloadProperty_SecurityFlags, 7);
VALUE(DODownloadProperty_CallbackFreqPercent, 8);
VALUE(DODownloadProperty_CallbackFreqSeconds, 9);
VALUE(DODownloadProperty_NoProgressTimeoutSeconds, 10);
VALUE(DODownloadProperty_ForegroundPriority, 11);
VALUE(DODownloadProperty_BlockingMode, 12);
VALUE(DODownloadProperty_CallbackInterface, 13);
VALUE(DODownloadProperty_StreamInterface, 14);
VALUE(DODownloadProperty_SecurityContext, 15);
VALUE(DODownloadProperty_NetworkToken, 16);
VALUE(DODownloadProperty_CorrelationVector, 17);
VALUE(DODownloadProperty_DecryptionInfo, 18);
VALUE(DODownloadProperty_IntegrityCheckInfo, 19);
VALUE(DODownloadProperty_IntegrityCheckMandatory, 20);
VALUE(DODownloadProperty_TotalSizeBytes, 21);
VALUE(DODownloadProperty_DisallowOnCellular, 22);
VALUE(DODownloadProperty_HttpCustomAuthHeaders, 23);
VALUE(DODownloadProperty_HttpAllowSecureToNonSecureRedirect, 24);
VALUE(DODownloadProperty_NonVolatile, 25);
VALUE(DODownloadProperty_HttpRedirectionTarget, 26);
VALUE(DODownloadProperty_HttpResponseHeaders, 27);
VALUE(DODownloadProperty_HttpServerIPAddress, 28);
VALUE(DODownloadProperty_HttpStatusCode, 29);

#undef VALUE
#undef SIZE
#undef FIELD

#endif
