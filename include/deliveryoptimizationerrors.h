/* The error codes of Delivery Optimization, under the names of the SDK's header of this name. A failed request's HTTP
 * status n is 0x80190000 | n, a Win32 code comes through HRESULT_FROM_WIN32. HRESULT must be declared before use. */
#ifndef DELIVERYOPTIMIZATIONERRORS_H
#define DELIVERYOPTIMIZATIONERRORS_H

/* Service. */
#define DO_E_NO_SERVICE ((HRESULT)0x80D01001L) /* the queue cannot be opened, or another process hosts it */

/* Jobs, downloads and their properties. */
#define DO_E_DOWNLOAD_NO_PROGRESS                ((HRESULT)0x80D02002L) /* nothing moved within the no-progress time */
#define DO_E_JOB_NOT_FOUND                       ((HRESULT)0x80D02003L) /* the queue has no job of that identifier */
#define DO_E_NOT_FOUND                           DO_E_JOB_NOT_FOUND     /* the same, as other pages print it */
#define DO_E_JOB_EMPTY                           ((HRESULT)0x80D02004L) /* the job has no files */
#define DO_E_EMPTY                               DO_E_JOB_EMPTY         /* the same, as other pages print it */
#define DO_E_NO_DOWNLOADS                        ((HRESULT)0x80D02005L) /* no download matches the enumeration */
#define DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED ((HRESULT)0x80D0200BL) /* the memory stream sink is deprecated */
#define DO_E_JOB_TOO_OLD                         ((HRESULT)0x80D0200CL) /* cancelled when its 30 days were over */
#define DO_E_LOCALPATH_NOT_SET                   ((HRESULT)0x80D0200DL) /* a file of the job has no local name yet */
#define DO_E_FILE_NOT_AVAILABLE                  ((HRESULT)0x80D02010L) /* no file to name, or no source for it */
#define DO_E_UNKNOWN_PROPERTY_ID                 ((HRESULT)0x80D02011L) /* no such property */
#define DO_E_READ_ONLY_PROPERTY                  ((HRESULT)0x80D02012L) /* the property cannot be set */
#define DO_E_INVALID_STATE                       ((HRESULT)0x80D02013L) /* not in the state that the object is in */
#define DO_E_ERROR_INFORMATION_UNAVAILABLE       ((HRESULT)0x80D02014L) /* the job has no error */
#define DO_E_WRITE_ONLY_PROPERTY                 ((HRESULT)0x80D02015L) /* the property cannot be read */
#define DO_E_INTEGRITYCHECKINFO_UNSPECIFIED      ((HRESULT)0x80D02016L) /* a mandatory check that is not described */
#define DO_E_INTEGRITYCHECKINFO_UNAVAILABLE      ((HRESULT)0x80D02017L) /* a mandatory check without its hashes */
#define DO_E_FILE_DOWNLOADSINK_UNSPECIFIED       ((HRESULT)0x80D02018L) /* neither a path nor a stream to write to */
#define DO_E_FILE_DOWNLOADSINK_ALREADY_SET       ((HRESULT)0x80D02019L) /* a path and a stream exclude each other */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_200          ((HRESULT)0x80D0201AL) /* a 200 without the size that is needed */
#define DO_E_FILE_ENCRYPTION_EXPECTED            ((HRESULT)0x80D0201BL) /* the content is not encrypted */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_206          ((HRESULT)0x80D0201CL) /* a 206, likewise */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX          ((HRESULT)0x80D0201DL) /* any other 2xx, likewise */
#define DO_E_NETWORK_ACCESS_CONSENT_NEEDED       ((HRESULT)0x80D0201EL) /* the user has not agreed to network access */
#define DO_E_DOWNLOAD_NO_URI                     ((HRESULT)0x80D02200L) /* the download has no address */
#define DO_E_DOWNLOAD_NO_CONTENT_ID              ((HRESULT)0x80D02201L) /* the download has no content identifier */
#define DO_E_INVALID_CONTENT_ID                  ((HRESULT)0x80D02202L) /* the content identifier is not usable */
#define DO_E_DOWNLOAD_RANGES_UNEXPECTED          ((HRESULT)0x80D02203L) /* ranges where none may be given */
#define DO_E_DOWNLOAD_RANGES_EXPECTED            ((HRESULT)0x80D02204L) /* no ranges where some must be given */

/* Policy. */
#define DO_E_NO_DOWNLOAD_PARTICIPATION ((HRESULT)0x80D03001L) /* a policy forbids downloads */
#define DO_E_NO_DOWNLOAD_EXTSETTINGS   ((HRESULT)0x80D03002L) /* a policy forbids downloads with these settings */

/* Blocked for now: (code & 0xF800) == 0x3800. The engine goes on by itself. */
#define DO_E_BLOCKED_BY_COST_TRANSFER_POLICY  ((HRESULT)0x80D03801L) /* the cost of the connection */
#define DO_E_BLOCKED_BY_CELLULAR_POLICY       ((HRESULT)0x80D03803L) /* a cellular connection */
#define DO_E_BLOCKED_BY_POWER_STATE           ((HRESULT)0x80D03804L) /* the power state */
#define DO_E_BLOCKED_BY_NO_NETWORK            ((HRESULT)0x80D03805L) /* no network */
#define DO_E_BLOCKED_BY_VPN_POLICY            ((HRESULT)0x80D03807L) /* a VPN connection */
#define DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE ((HRESULT)0x80D03808L) /* too little memory */
#define DO_E_UNEXPECTED_HTTP_STATUS_2XX       ((HRESULT)0x80D0380DL) /* a 2xx answer other than 200 and 206 */

/* HTTP and ranges. */
#define DO_E_HTTP_BLOCKSIZE_MISMATCH    ((HRESULT)0x80D05001L) /* a body of the wrong length or encoding */
#define DO_E_HTTP_CERT_VALIDATION       ((HRESULT)0x80D05002L) /* any certificate failure */
#define DO_E_INVALID_RANGE              ((HRESULT)0x80D05010L) /* an empty range, or one beyond the end */
#define DO_E_INSUFFICIENT_RANGE_SUPPORT ((HRESULT)0x80D05011L) /* the server does not answer ranges as needed */
#define DO_E_OVERLAPPING_RANGES         ((HRESULT)0x80D05012L) /* two ranges share a byte */

/* Content and its integrity; the METAINFO codes are about the piece hash file. */
#define DO_E_FATAL_CORE_ERROR             ((HRESULT)0x80D06802L) /* the engine broke a promise of its own */
#define DO_E_BAD_PIECE_HASH               ((HRESULT)0x80D06805L) /* a piece does not have its hash */
#define DO_E_METAINFO_CONTENT             ((HRESULT)0x80D06809L) /* not the JSON it should be */
#define DO_E_METAINFO_VERSION             ((HRESULT)0x80D0680AL) /* an unknown version */
#define DO_E_METAINFO_DIGEST_MATCH        ((HRESULT)0x80D0681AL) /* not the digest that was given */
#define DO_E_METAINFO_HOH_MATCH           ((HRESULT)0x80D0681BL) /* not the hash of hashes that was given */
#define DO_E_METAINFO_HOH_FINAL_MATCH     ((HRESULT)0x80D0681CL) /* it does not follow from the pieces */
#define DO_E_METAINFO_CONTENT_LENGTH      ((HRESULT)0x80D0681DL) /* no usable content length */
#define DO_E_METAINFO_PIECE_SIZE          ((HRESULT)0x80D0681EL) /* no usable piece size */
#define DO_E_METAINFO_PARSE_HOH           ((HRESULT)0x80D0681FL) /* no readable hash of hashes */
#define DO_E_METAINFO_PARSE_PIECEHASHES   ((HRESULT)0x80D06820L) /* no readable list of piece hashes */
#define DO_E_METAINFO_PARSE_ONE_PIECEHASH ((HRESULT)0x80D06821L) /* a piece hash that is not readable */
#define DO_E_METAINFO_FILE_SIZE           ((HRESULT)0x80D06822L) /* another size than the file has */

#endif
