/* What the codes of Delivery Optimization mean, in one sentence each. */
#include "error_text_tables.h"
#include "deliveryoptimizationerrors.h"

/* The name is that of the macro itself. */
#define ROW(code, text)                                                                                                \
    {                                                                                                                  \
        code, #code, text                                                                                              \
    }

static const struct error_text rows[] = {
    ROW(DO_E_NO_SERVICE, u"The download queue cannot be opened, or another process is using it."),
    ROW(DO_E_DOWNLOAD_NO_PROGRESS, u"No data arrived within the time that is allowed without progress."),
    ROW(DO_E_JOB_NOT_FOUND, u"There is no job or download with this identifier."),
    ROW(DO_E_JOB_EMPTY, u"The job has no files to transfer."),
    ROW(DO_E_NO_DOWNLOADS, u"No download was found."),
    ROW(DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED, u"Downloading into a memory stream is not supported."),
    ROW(DO_E_JOB_TOO_OLD, u"The job was neither completed nor cancelled for 30 days and has been removed."),
    ROW(DO_E_LOCALPATH_NOT_SET, u"No local file name has been set."),
    ROW(DO_E_FILE_NOT_AVAILABLE, u"No file is available."),
    ROW(DO_E_UNKNOWN_PROPERTY_ID, u"There is no such property."),
    ROW(DO_E_READ_ONLY_PROPERTY, u"The property can be read, but not set."),
    ROW(DO_E_INVALID_STATE, u"The operation is not possible in the current state of the job or download."),
    ROW(DO_E_ERROR_INFORMATION_UNAVAILABLE, u"There is no error to report."),
    ROW(DO_E_WRITE_ONLY_PROPERTY, u"The property can be set, but not read."),
    ROW(DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, u"An integrity check is required, but no information about it was given."),
    ROW(DO_E_INTEGRITYCHECKINFO_UNAVAILABLE,
        u"An integrity check is required, but its information could not be obtained."),
    ROW(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, u"Neither a file nor a stream was named to receive the data."),
    ROW(DO_E_FILE_DOWNLOADSINK_ALREADY_SET,
        u"The data already has a place to go to; a file and a stream cannot both be set."),
    ROW(DO_E_FILE_SIZE_UNKNOWN_HTTP_200, u"The server answered with status 200 and did not tell the size of the file."),
    ROW(DO_E_FILE_ENCRYPTION_EXPECTED, u"The file was expected to be encrypted, but is not."),
    ROW(DO_E_FILE_SIZE_UNKNOWN_HTTP_206, u"The server answered with status 206 and did not tell the size of the file."),
    ROW(DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX, u"The server answered with success, but did not tell the size of the file."),
    ROW(DO_E_NETWORK_ACCESS_CONSENT_NEEDED, u"The user must first allow access to the network."),
    ROW(DO_E_DOWNLOAD_NO_URI, u"The download has no address to fetch from."),
    ROW(DO_E_DOWNLOAD_NO_CONTENT_ID, u"The download has no content identifier."),
    ROW(DO_E_INVALID_CONTENT_ID, u"The content identifier is not valid."),
    ROW(DO_E_DOWNLOAD_RANGES_UNEXPECTED, u"Byte ranges were given where none are allowed."),
    ROW(DO_E_DOWNLOAD_RANGES_EXPECTED, u"Byte ranges are required, but none were given."),
    ROW(DO_E_NO_DOWNLOAD_PARTICIPATION, u"A policy does not allow this computer to download."),
    ROW(DO_E_NO_DOWNLOAD_EXTSETTINGS, u"A policy does not allow this download with its settings."),
    ROW(DO_E_BLOCKED_BY_COST_TRANSFER_POLICY, u"The transfer waits because of the cost of the network connection."),
    ROW(DO_E_BLOCKED_BY_CELLULAR_POLICY, u"The transfer waits because the connection is a cellular one."),
    ROW(DO_E_BLOCKED_BY_POWER_STATE, u"The transfer waits because of the power state of the computer."),
    ROW(DO_E_BLOCKED_BY_NO_NETWORK, u"The transfer waits because there is no network."),
    ROW(DO_E_BLOCKED_BY_VPN_POLICY, u"The transfer waits because the computer is connected to a VPN."),
    ROW(DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE, u"The transfer waits because the computer is short of memory."),
    ROW(DO_E_UNEXPECTED_HTTP_STATUS_2XX, u"The server answered with a success status that does not fit the request."),
    ROW(DO_E_HTTP_BLOCKSIZE_MISMATCH, u"The server sent more, fewer or other data than it announced."),
    ROW(DO_E_HTTP_CERT_VALIDATION, u"The certificate of the server could not be validated."),
    ROW(DO_E_INVALID_RANGE, u"A byte range is empty, or lies beyond the end of the file."),
    ROW(DO_E_INSUFFICIENT_RANGE_SUPPORT,
        u"The server does not support byte ranges in the way that the transfer needs."),
    ROW(DO_E_OVERLAPPING_RANGES, u"Two byte ranges overlap."),
    ROW(DO_E_FATAL_CORE_ERROR, u"The download service has met an internal error."),
    ROW(DO_E_BAD_PIECE_HASH, u"A part of the downloaded file is damaged."),
    ROW(DO_E_METAINFO_CONTENT, u"The piece hash file has the wrong format."),
    ROW(DO_E_METAINFO_VERSION, u"The piece hash file has a version that is not supported."),
    ROW(DO_E_METAINFO_DIGEST_MATCH, u"The piece hash file does not have the expected digest."),
    ROW(DO_E_METAINFO_HOH_MATCH, u"The piece hash file does not have the expected hash of hashes."),
    ROW(DO_E_METAINFO_HOH_FINAL_MATCH, u"The hash of hashes does not match the piece hashes."),
    ROW(DO_E_METAINFO_CONTENT_LENGTH, u"The piece hash file has no valid content length."),
    ROW(DO_E_METAINFO_PIECE_SIZE, u"The piece hash file has no valid piece size."),
    ROW(DO_E_METAINFO_PARSE_HOH, u"The hash of hashes in the piece hash file cannot be read."),
    ROW(DO_E_METAINFO_PARSE_PIECEHASHES, u"The list of hashes in the piece hash file cannot be read."),
    ROW(DO_E_METAINFO_PARSE_ONE_PIECEHASH, u"A hash in the piece hash file cannot be read."),
    ROW(DO_E_METAINFO_FILE_SIZE, u"The piece hash file is for a file of another size."),
};

const struct error_text_table error_text_delivery_optimization = {rows, sizeof(rows) / sizeof(rows[0])};
