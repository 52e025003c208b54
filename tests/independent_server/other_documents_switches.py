# ruff: noqa: E501 - long lists of names, which read best as running text
"""The defects and valid variants of the server for the other documents, each with its areas."""

from __future__ import annotations

from other_documents_server import DRAWN, GROUNDED, INFERRED, INGESTED, LISTED, STORED

FILES = ("UploadFile", "ListFiles", "GetFile", "GetFileContent", "DeleteFile")
UPLOADS = ("CreateUpload", "AddUploadPart", "CompleteUpload", "CancelUpload")
BATCHES = ("CreateBatch", "ListBatches", "GetBatch", "CancelBatch")
#: The areas that are tested together: the document and its operations.
AREAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "files": (STORED, FILES),
    "uploads": (STORED, UPLOADS),
    "batches": (STORED, BATCHES),
    "speech": (STORED, ("GenerateSpeechFromText",)),
    "spoken": (STORED, ("GetChatCompletions",)),
    "drawings": (DRAWN, ("ImageGenerations_Submit", "ImageOperations_Get", "ImageOperations_Delete")),
    "grounded": (DRAWN, ("ExtensionsChatCompletions_Create",)),
    "grounded-late": (GROUNDED, ("ExtensionsChatCompletions_Create",)),
    "jobs": (INGESTED, ("IngestionJobs_List", "IngestionJobs_Create", "IngestionJobs_Get")),
    "lists": (LISTED, ("Models_List", "Deployments_List")),
    "inference": (INFERRED, ("getModelInfo", "getEmbeddings", "getImageEmbeddings")),
}

#: Defects by area. A name without a slash or a colon has the area before it.
_DEFECTS = {
    "files": """status-goes-back status-unknown same-id-for-all filename-field-ignored content-decoded content-newline-added
        content-crlf content-stripped content-cut content-byte-flipped content-of-newest bytes-in-kilobytes bytes-one-more
        bytes-with-the-form created-now created-milliseconds filename-lost filename-upper purpose-constant other-file
        list-with-deleted list-purpose-ignored list-without-newest list-empty list-of-batches-only list-twice list-ends-wrong
        list-other-name list-as-array delete-does-nothing delete-says-false delete-says-text delete-other-id delete-204
        location-of-another location-missing answered-202 deleted-still-there unknown-is-any unknown-500
        delete/deleted-still-there delete/unknown-is-any content/deleted-still-there content/unknown-is-any
        content/in-json content/in-base64 content/type-text content/type-json stores/version-missing-500
        drop:file-upload/id drop:file-upload/object drop:file-upload/filename drop:file-upload/created_at
        drop:file-upload/purpose drop:file-get/id drop:file-get/purpose drop:file-list/object
        drop:file-list/data drop:file-list/data/*/id drop:file-delete/id drop:file-delete/deleted drop:file-delete/object
        put:file-upload/bytes="9" put:file-get/object="thing" put:file-get/created_at="today" put:file-list/object="files"
        put:file-get/status=3 put:file-get/purpose="anything" put:file-list/data={} put:file-delete/object="file.deleted"
        unchecked:files.file optional:files.purpose open:files.purpose shut:files.purpose=batch shut:files.purpose=assistants
        shut:files.purpose=fine-tune open:files.list.purpose""",
    "uploads": """born-completed file-missing file-as-id file-other-name file-other-purpose file-bytes-zero expires-before
        expires-in-a-day expires-later-each-time expires-milliseconds bytes-so-far filename-lost always-pending unknown-part
        unknown-complete unknown-cancel part-after-completed part-after-cancelled complete-after-completed
        complete-after-cancelled cancel-after-completed parts-same-id part-of-other-upload joined-as-sent joined-backwards
        same-part-once joined-with-newlines first-part-only completed-says-cancelled complete-other-id
        cancel-does-nothing cancel-expires
        drop:upload-create/id drop:upload-create/status drop:upload-create/bytes drop:upload-create/expires_at
        drop:upload-create/created_at drop:upload-create/filename drop:upload-create/purpose drop:upload-part/id
        drop:upload-part/upload_id drop:upload-part/object drop:upload-part/created_at drop:upload-complete/file/id
        put:upload-create/object="file" put:upload-part/object="part" put:upload-create/bytes="1" put:upload-part/created_at="now"
        put:upload-complete/file/object="upload" put:upload-create/status="waiting"
        unchecked:complete.part-not-sent unchecked:complete.part-of-another unchecked:complete.size unchecked:complete.md5
        optional:complete.part_ids untyped:complete.part_ids untyped:complete.part_ids.items untyped:complete.md5
        unchecked:parts.data optional:uploads.filename optional:uploads.purpose optional:uploads.bytes
        optional:uploads.mime_type untyped:uploads.bytes untyped:uploads.filename open:uploads.purpose
        shut:uploads.purpose=assistants shut:uploads.purpose=batch shut:uploads.purpose=fine-tune loose:uploads.bytes.max
        tight:uploads.bytes.max wide:uploads.bytes.max nulled:uploads.mime_type nulled:complete.md5""",
    "batches": """same-id born-in_progress broken-line-skipped no-custom-id-taken duplicates-taken wrong-url-taken empty-taken
        get-unknown cancel-unknown other-batch goes-back ended-becomes-expired cancelling-goes-on ended-becomes-cancelled
        cancel-does-nothing cancel-other-id errors-in-output line-without-custom_id line-without-response line-without-status
        line-body-as-text line-body-without-choices line-body-finish-missing custom-ids-numbered last-line-lost
        first-line-twice errors-lost counts-miss-failed counts-completed-all counts-total-more counts-zero
        output-as-array output-pretty no-output-file output-file-not-there endpoint-other window-other metadata-lost
        metadata-other input-other created-changes created-milliseconds completed-before-created finalizing-after-completed
        expires-before-created expires-at-once failed-at-beside-completed completed-at-too-early output-too-early
        counts-below-zero counts-done-above-total counts-fewer-later failed-without-errors failed-with-empty-errors
        failed-without-message status-unknown status-in-capitals output-changes list-after-ignored list-after-inclusive
        list-skips-one list-one-more list-limit-ignored list-shuffled list-ends-wrong list-last-off has-more-always
        has-more-never has-more-text list-empty list-other-status created-200 lines-swapped-ids
        drop:batch-create/id drop:batch-create/object drop:batch-create/input_file_id
        drop:batch-list/object drop:batch-list/data/*/id put:batch-create/status="queued" put:batch-get/request_counts/total="3"
        put:batch-get/created_at="now" put:batch-create/metadata=[] put:batch-list/data={} put:batch-get/object="job"
        unchecked:batches.file-unknown unchecked:batches.file-deleted unchecked:batches.endpoint open:batches.completion_window
        optional:batches.input_file_id+unchecked:batches.file-unknown optional:batches.completion_window
        optional:batches.endpoint+unchecked:batches.endpoint untyped:batches.metadata untyped:batches.metadata.values
        untyped:batches.endpoint+unchecked:batches.endpoint untyped:batch-list.limit""",
    "speech": """speed-ignored speed-turned always-a-second very-short always-mp3 always-wav wav-for-pcm pcm-for-wav
        flac-for-opus silent pcm-odd cut header-only garbage noise-inside promises-more default-wav first-words-only type-json
        type-mp3-always type-text type-missing empty in-json in-base64
        tight:speech.speed.min tight:speech.speed.max loose:speech.speed.min loose:speech.speed.max
        loose:speech.input.length.max tight:speech.input.length.max optional:speech.input optional:speech.voice
        untyped:speech.speed untyped:speech.input open:speech.voice open:speech.response_format shut:speech.voice=onyx
        shut:speech.response_format=aac untyped:speech.model nulled:speech.speed""",
    "spoken": """data-url base64-broken without-id without-expires_at without-data without-transcript transcript-empty
        expires-before expires-milliseconds content-other not-spoken audio-null always-mp3 cut silent garbage
        optional:spoken.audio.voice open:spoken.audio.format shut:spoken.audio.format=flac shut:spoken.audio.voice=shimmer
        put:spoken/choices/*/message/audio/transcript=7""",
    "drawings": """failed-without-error goes-back done-then-failed status-unknown status-lower british submit-without-id
        submit-without-status location-relative location-of-another location-elsewhere location-other-host location-missing
        unknown-taken deleted-still-there result-missing one-more one-less url-missing url-relative url-base64 expires-before
        expires-in-an-hour created-milliseconds created-text other-operation created-changes running-deleted
        delete-does-nothing delete-200 submitted-200 drop:image-status/status drop:image-status/id
        put:image-status/expires="soon" put:image-status/result/data={}
        tight:submit.n.max tight:submit.n.min loose:submit.n.max loose:submit.n.min tight:submit.prompt.length.max
        loose:submit.prompt.length.max open:submit.size shut:submit.size=256x256 optional:submit.prompt untyped:submit.n""",
    "grounded": """citation-without-content citations-missing citations-object reference-beyond reference-zero
        tool-content-prose end-turn-never end-turn-early no-end_turn assistant-as-user assistant-first tool-missing assistant-missing
        no-messages object-other id-missing choices-missing created-milliseconds index-missing stream-ignored
        stream-tool-missing stream-end-missing stream-end-turn-missing stream-tool-last stream-numbers-jump-back
        stream-piece-lost stream-cut stream-as-json
        loose:grounded.temperature.max loose:grounded.stop.items.max optional:grounded.messages optional:grounded.dataSources
        open:grounded.dataSources.type open:grounded.dataSources.queryType optional:grounded.dataSources.indexName
        optional:grounded.dataSources.databaseName open:grounded.messages.role""",
    "jobs": """goes-back failed-without-error done-then-failed progress-goes-back progress-above-total progress-negative
        progress-as-text error-in-success interval-lost action-other other-name without-id without-status status-number
        unknown-taken unknown-500 list-empty list-twice list-status-first list-as-data
        optional:jobs.searchServiceEndpoint optional:jobs.storageConnectionString optional:jobs.storageContainer
        optional:jobs.interval untyped:jobs.interval open:jobs.completionAction untyped:jobs.chunkSize no-warnings
        interval-as-text        unchecked:jobs.embeddingKey""",
    "lists": """models-twice models-change model-without-id model-without-object model-without-created model-created-text
        model-lifecycle-unknown model-capability-text model-created-milliseconds models-without-object models-as-value
        deployment-of-nothing deployments-change deployments-twice deployment-without-id deployment-without-object
        deployment-without-model deployment-status-unknown deployment-scale-unknown
        deployment-updated-before deployment-created-date""",
    "inference": """info-without-model_name info-without-model_type info-without-model_provider_name info-empty-model_name
        info-empty-model_provider_name info-null-model_name info-type-number extras-default-drop extras-error-dropped
        extras-drop-refused extras-pass-refused extras-500 dimensions-ignored one-vector-short indices-zero vectors-swapped
        vectors-reversed vectors-without-object vectors-without-model vectors-without-usage usage-total-more base64-of-another
        unsteady one-dimension-more base64-ignored float-always-base64 int8-beyond
        optional:inference.input untyped:inference.input.items optional:inference.input.image
        unchecked:inference.image-pattern untyped:inference.dimensions""",
}
_VARIANTS = {
    "files": """lawful-processed-at-once lawful-pending-and-running lawful-only-what-can-be-made lawful-empty-refused
        lawful-no-status lawful-more-fields lawful-status-details lawful-oldest-first lawful-by-id lawful-list-with-ends
        lawful-200 lawful-relative-location content/lawful-chunked content/lawful-disposition stores/lawful-uuids stores/lawful-short-ids stores/lawful-410
        stores/lawful-version-optional lawful/authoring-errors lawful/no-error-code-header lawful/chunked lawful/gzip
        lawful/keys-reversed lawful/422 lawful/404-for-method lawful/404-for-version lawful/400-for-media
        lawful/code-and-message-only lawful/401-statusCode put:file-upload/status="uploaded" drop:file-upload/bytes drop:file-get/bytes
        lawful-processed-at-once+stores/lawful-uuids+lawful-200+lawful-by-id""",
    "uploads": """lawful-file-null lawful-no-object lawful-expires-rounded lawful-cancelled-twice lawful-block-id
        lawful-same-part-refused lawful-location stores/lawful-409 stores/lawful-uuids stores/lawful-short-ids
        files/lawful-processed-at-once stores/lawful-version-optional lawful/authoring-errors lawful/422
        put:upload-create/status="pending" drop:upload-complete/file/status""",
    "batches": """lawful-404-for-file lawful-any-purpose lawful-checked-at-once lawful-all-in-one-poll lawful-with-finalizing
        lawful-error-beside-null-response lawful-bare-lines lawful-any-order lawful-no-last-newline lawful-results-for-batch
        lawful-empty-files lawful-blank-lines lawful-crlf lawful-nulls lawful-empty-metadata lawful-v1-endpoint lawful-no-counts
        lawful-counts-at-the-end lawful-only-ended-times lawful-no-times lawful-empty-error-text lawful-more-fields
        lawful-ended-cancel-answered lawful-cancelled-at-once lawful-oldest-first lawful-empty-after-unknown lawful-null-ends
        lawful-token-headers stores/lawful-409 stores/lawful-uuids files/lawful-processed-at-once lawful/authoring-errors
        files/lawful-empty-refused lawful/keys-reversed
        lawful-nulls+lawful-all-in-one-poll+lawful-oldest-first+lawful-cancelled-at-once""",
    "speech": """lawful-extensible-wav lawful-float-wav lawful-list-chunk lawful-streamed-wav lawful-zero-wav
        lawful-bare-mp3 lawful-tagged-mp3 lawful-low-mp3 lawful-tail-tagged-mp3 lawful-own-ogg lawful-webm lawful-mp4
        lawful-streamed-flac lawful-octet-stream lawful-other-names lawful-parameters lawful-chunked lawful/authoring-errors
        lawful/no-error-code-header""",
    "spoken": "lawful-content-too lawful-streamed-wav lawful-own-ogg lawful-bare-mp3 lawful-streamed-flac",
    "drawings": """lawful-done-at-once lawful-never-queued lawful-canceled lawful-failed lawful-other-ids
        lawful-submit-tells-more lawful-location-without-version lawful-no-retry-after lawful-deleted-status
        lawful-deleted-twice lawful-410 lawful-409 lawful-no-times lawful-result-created lawful-nulls
        lawful-expires-some-seconds-late lawful-deleted-status+lawful-deleted-twice""",
    "grounded": """lawful-bare-citations lawful-nothing-found lawful-finish-and-usage lawful-one-piece lawful-role-with-first-piece lawful-no-numbers lawful-done-too
        lawful-no-source-found""",
    "grounded-late": """grounded/lawful-one-message+grounded/lawful-extensions-object grounded/lawful-bare-citations
        grounded/lawful-role-with-first-piece grounded/lawful-nothing-found""",
    "jobs": """lawful-queued lawful-failed lawful-done-at-once lawful-no-second-start lawful-no-progress lawful-no-items-yet
        lawful-warnings lawful-newest-first lawful-next-link-null lawful-201""",
    "lists": """lawful-bare-models lawful-preview lawful-no-models lawful-bare-deployments lawful-model-with-version
        lawful-still-running deployment-without-status lawful/authoring-errors""",
    "inference": """lawful-other-type lawful-more-info lawful-model-refuses-extras lawful-unknown-wish-dropped
        lawful-extras-422 vectors-without-id lawful-not-unit lawful-completion-tokens lawful/authoring-errors
        lawful/no-error-code-header""",
}
#: Ways of HTTP and of JSON, which bear on every flow.
_FURTHER_VARIANTS = {
    "files": "lawful/http-1.0 lawful/chunked+lawful/chunk-extensions lawful/early-hints lawful/busy-now-and-then lawful/away-now-and-then lawful/closed-when-idle lawful/all-escaped lawful/exponents lawful/space-around lawful/error-details lawful/cookies-twice lawful/deflate",
    "uploads": "lawful/http-1.0 lawful/busy-now-and-then lawful/exponents lawful/closed-when-idle",
    "batches": "lawful/http-1.0 lawful/busy-now-and-then lawful/away-now-and-then lawful/exponents lawful/all-escaped",
    "speech": "lawful/http-1.0 lawful/busy-now-and-then lawful/chunked+lawful/chunk-extensions",
    "drawings": "lawful/busy-now-and-then lawful/away-now-and-then lawful/http-1.0 lawful/exponents",
    "grounded": "lawful/busy-now-and-then lawful/http-1.0 lawful/all-escaped",
    "jobs": "lawful/busy-now-and-then lawful/away-now-and-then lawful/exponents",
    "lists": "lawful/busy-now-and-then lawful/exponents lawful/space-around lawful/http-1.0",
    "inference": "lawful/busy-now-and-then lawful/http-1.0 lawful/exponents lawful/all-escaped",
}


def _named(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for area, names in table.items():
        for name in names.split():
            whole = "+".join(one if "/" in one or ":" in one else f"{area}/{one}" for one in name.split("+"))
            found[whole] = (*found.get(whole, ()), area)
    return found


#: Each switch (several, joined by +, are on together) with the areas to try it in.
DEFECTS = _named(_DEFECTS)
VARIANTS = _named({area: f"{names} {_FURTHER_VARIANTS.get(area, '')}" for area, names in _VARIANTS.items()})
