/**
 * Every bound of the product, in one place, with its unit in the name. At a bound there is a named refusal or a close
 * code, never growth and never silence. `assertLimits` checks how they relate; the server calls it before it opens
 * anything. The one leaf, beside `runtime/`, that every room may import.
 */

/** What the SDK keeps to as well. Apart from the others, so that pages do not load those. */
export const sdkLimits = {
  /** UTF-8 bytes of one message's text (REPLY-1, START-1). */
  textMaxBytes: 16_384,
  /** People who may be current participants of one conversation at once. */
  participantsMax: 2_000,
  /** Bytes of one frame from a client. */
  frameInMaxBytes: 262_144,
  /** Conversations on one page of a list or tab. */
  pageConversationsMax: 50,
  /** Entries on one page of history. */
  pageEntriesMax: 200,
  /** Newest messages on a card (LIST-3). */
  cardMessages: 3,
  /** Timeline entries looked through for a card's messages; between them there may be many notices. */
  cardScanMax: 1_000,
  /** Requests of one session under way at once. */
  sessionInFlightMax: 256,
} as const;

export const limits = {
  ...sdkLimits,

  /** People named by one `start` or `invite`. */
  peoplePerCommandMax: 1_999,
  /** Joins and leaves one conversation may record; every one of them costs a few bytes in its snapshot for ever. */
  noticesPerConversationMax: 100_000,
  /** Characters of a person's or a CRM record's id, printable ASCII without space. */
  idMaxChars: 64,
  /** Characters of a command's or a query's id. */
  commandIdMaxChars: 64,
  /** UTF-8 bytes of a person's first or last name, and of a CRM record's name. */
  nameMaxBytes: 256,
  /** People a record's view or edit right may be granted to by name. */
  rightHoldersMax: 10_000,
  /** Characters of an e-mail address. */
  emailMaxChars: 254,
  /** Newest changes of the directory, and newest removed records, it can still tell a client that resumes. */
  directoryChangesKept: 20_000,
  /** Past periods of one person's or record's rights that are kept. */
  directoryPeriodsKept: 16,
  /** People and records of one change that comes over the admin port, and of one batch of an import. */
  directoryBatchMax: 1_000,
  importBatchEntities: 500,
  /** Bytes of a file to import. */
  importFileMaxBytes: 268_435_456,
  /** Bytes of one request's body on the admin port. */
  adminBodyMaxBytes: 1_048_576,
  /** Requests on the admin port under way at once. */
  adminRequestsMax: 64,

  /** Bytes of one frame to a client. */
  frameOutMaxBytes: 4_194_304,
  /** Nesting of a frame from a client: map in map in array. */
  frameMaxDepth: 6,
  /** Elements (scalars, keys, containers) in a frame from a client. */
  frameMaxElements: 8_192,
  /** Keys of one map in a frame from a client. */
  frameMapKeysMax: 32,
  /** Bytes of a token in `hello` and `renew`. */
  tokenMaxBytes: 8_192,
  /** What the transport refuses outright, with a bare 1009: above `frameInMaxBytes`, so that ours answers first. */
  transportFrameMaxBytes: 524_288,
  /** Bytes of one HTTP request's head: a CRM's cookies come along with the handshake. */
  httpHeadMaxBytes: 16_384,

  /** Files that stores, mails and the admin port may have open, beside those of each partition; the rest is for clients. */
  filesKept: 192,
  filesKeptPerPartition: 8,
  /** Sockets beyond that bound which hear why they are refused; further ones are closed at once. */
  connectionsToldMax: 32,
  /** Connections to the admin port. */
  adminConnectionsMax: 96,

  /** Hits of a search for people or records. */
  searchHitsMax: 50,
  /** Tabs one session may have open. */
  tabsPerSessionMax: 16,

  /** From the socket's opening to a `hello` that was accepted. */
  helloTimeoutMs: 10_000,
  /** A session is closed when nothing at all came from it for this long. */
  silenceMaxMs: 60_000,
  /** How often a client should say `ping` when it has nothing else to say. */
  heartbeatMs: 20_000,
  /** How often tokens' expiry is looked at; with the round trip it stays below the promised five seconds. */
  expirySweepMs: 1_000,
  /** Commands a person may send a second, over all sessions, and how many may come at once after a pause. */
  commandsPerSecond: 100,
  commandsBurst: 400,
  /**
   * What a person's sessions may be answered without anything being done, a second and at once: pings, and refusals because it
   * was too much already. Whoever goes on beyond it is ended.
   */
  unheededPerSecond: 100,
  unheededBurst: 2_000,
  /** Frames and pings from the first one to the welcome. */
  framesBeforeWelcomeMax: 64,
  /** Connections that may be opened from one address a second, and at once; of IPv6 from one network of 64 bits. */
  connectionsPerAddressPerSecond: 1_000,
  connectionsPerAddressBurst: 10_000,
  /** Tokens from one address that are refused by name in a minute; the bad ones beyond it are answered as one. */
  failedSignInsPerAddressPerMinute: 60,
  /** Deliveries that the replies, invitations and leaves of one conversation may cause a second, and at once: each counts
   *  once for every participant, and a text once for each `deliveryChars` characters (UTF-16 units) that it begins. */
  conversationDeliveriesPerSecond: 1_300_000,
  conversationDeliveriesBurst: 2_000_000,
  deliveryChars: 1_024,
  /** Persons, and addresses, whose pace is remembered at once. */
  rateLimitKeysMax: 100_000,
  /** Bytes waiting in the socket of a slow reader before it is closed and has to resume. */
  socketBacklogMaxBytes: 4_194_304,
  /** How long a peer has to take the rest and the close code before its socket is torn down. */
  closeGraceMs: 3_000,
  /** Sessions, or lists in memory, from which on a conversation's messages are dealt with for nearly all of them at once. */
  crowdMin: 32,
  /** Such conversations at once, and how long one must not have had a message to make room for another. */
  crowdsMax: 64,
  crowdIdleMs: 10_000,
  /** Sessions of one person. */
  sessionsPersonMax: 64,
  /** Entries a resume may replay; beyond it the client is told to load afresh (CMD-3). */
  resumeEntriesMax: 5_000,
  /** Conversations a resume may bring up to date. */
  resumeConversationsMax: 1_000,
  /** Bytes of text a resume may replay: less than what may wait in a socket, so that no resume ends as a slow reader. */
  resumeTextMaxBytes: 2_097_152,
  /** How long clients have to come back after a drain; each waits a random part of it. */
  drainSpreadMs: 5_000,

  /** Commands of one journal frame (a group commit). */
  frameEntriesMax: 1_024,
  /** Bytes of a journal's segment file; the next one is made in advance. */
  journalSegmentBytes: 2_097_152,
  /** Commands decided and not yet durable, over all conversations of a partition; beyond it the answer is `busy`. */
  pendingEntriesMax: 16_384,
  /** An append that takes longer than this has an unknown outcome: the server fences itself and exits. */
  appendDeadlineMs: 5_000,
  /**
   * A write of the archive that takes longer has an unknown outcome, too. It is one batch of a checkpoint in a thread of low
   * priority, and nobody waits for it but the journal, which has room for `replayEntriesMax` entries.
   */
  archiveDeadlineMs: 30_000,
  /** The same for what walks through whole tables: erasing, overwriting, mending. */
  archiveWalkDeadlineMs: 1_800_000,
  /** When the log says for the first time that the archive keeps a checkpoint waiting. */
  archiveLateMs: 10_000,
  /** How long a fenced server waits for its last words to reach the sockets. */
  lastWordsMs: 500,
  /** Journal entries behind the last checkpoint that start one. */
  checkpointEntries: 5_000,
  /** A checkpoint begins at the latest this long after the first entry it covers. */
  checkpointIntervalMs: 2_000,
  /** Answered commands that a checkpoint waits for before it files them, and how long it waits for that many. */
  checkpointCommands: 8_192,
  commandsDelayMs: 30_000,
  /** Entries not yet behind a checkpoint at which commands are answered `busy`: what start-up replays is bounded by it. */
  replayEntriesMax: 50_000,
  /** Conversations kept in memory; beyond it idle ones are passivated, the longest idle first. */
  residentConversationsMax: 50_000,
  /** About what they may take in memory together. */
  residentBytesMax: 536_870_912,
  /** An actor of which nothing is asked for so long, at most for twice as long, is let go; the next command has it made anew. */
  actorIdleMs: 20_000,
  /** People whose lists are kept in memory. Those who are connected count, and theirs stay beyond it. */
  residentViewsMax: 2_000,
  /** How long a command's id is remembered after its answer (CMD-1). */
  commandMemoryDays: 30,
  /** Free bytes on the data directory's disk below which the server is read-only, and above which it writes again. */
  diskReadOnlyBelowBytes: 67_108_864,
  diskWritableAboveBytes: 100_663_296,
  /** A file given back to the disk when the watermark is reached, so that the checkpoint behind it still fits. */
  ballastBytes: 16_777_216,
  /** How long an e-mail waits for its reader to see the message by themselves (ALERT-3). */
  mailWaitMs: 120_000,
  /** Mails on the wire at once, and as many connections to the mail server. */
  mailsInFlightMax: 4,
  /** From asking for a connection to the mail server's greeting, and what one mail may take in all. */
  mailConnectMs: 15_000,
  mailDeadlineMs: 45_000,
  /** Pause after a failure: the first, doubled by each that follows, and the longest; each is shortened by chance. */
  mailRetryMinMs: 5_000,
  mailRetryMaxMs: 600_000,
  /** A mail that the server puts off is given up this long after it was due; RFC 5321 asks for four to five days. */
  mailGiveUpMs: 432_000_000,
  /** And not before it has been tried again so often since the start, whatever the clock says. */
  mailTriesMin: 10,
  /** How long an ending server waits for the mails on the wire. */
  mailDrainMs: 5_000,
  /** Messages of one mail, and the timeline entries looked through for them. */
  mailMessagesMax: 10,
  mailEntriesMax: 100,
  /** Characters of one message, and of one name, in a mail; names in one list of them. */
  mailTextMaxChars: 2_000,
  mailNameMaxChars: 80,
  mailNamesMax: 10,
  /** What became of e-mails to one person about one conversation: so many are kept for `parley why mail`. */
  mailRecordsKept: 8,
  /** How often the outbox is looked through for rows that are due, and how many rows at a time. */
  outboxSweepMs: 1_000,
  outboxSweepRows: 256,
  /** Messages one event says are erased; more are said by more events. */
  erasedPerEventMax: 1_000,
  /** Messages that one erasure may name. */
  erasedPerRequestMax: 1_000,
  /** How often it is asked again whether nobody reads an older state of a store any more. */
  scrubRetryMs: 500,
} as const;

export type Limits = typeof limits;

/** Throws when two limits contradict each other; the message names both. */
export function assertLimits(l: Limits = limits): void {
  const rules: [boolean, string][] = [
    [l.textMaxBytes * 2 < l.frameInMaxBytes, 'textMaxBytes must fit twice into frameInMaxBytes'],
    [
      l.adminRequestsMax <= l.adminConnectionsMax && l.adminConnectionsMax < l.filesKept,
      'adminConnectionsMax must not be below adminRequestsMax, and must leave some of filesKept',
    ],
    [l.tokenMaxBytes < l.frameInMaxBytes, 'tokenMaxBytes must be below frameInMaxBytes'],
    [l.frameInMaxBytes < l.transportFrameMaxBytes, 'frameInMaxBytes must be below transportFrameMaxBytes'],
    [l.peoplePerCommandMax < l.participantsMax, 'peoplePerCommandMax must leave room for the starter'],
    [
      l.peoplePerCommandMax * (l.idMaxChars + 2) < l.frameInMaxBytes,
      'a start with peoplePerCommandMax people must fit into frameInMaxBytes',
    ],
    [l.peoplePerCommandMax + 64 < l.frameMaxElements, 'a start must stay below frameMaxElements'],
    [
      l.pageEntriesMax * (l.textMaxBytes + 256) < l.frameOutMaxBytes * 2,
      'a page of the longest messages must be near frameOutMaxBytes',
    ],
    [
      l.resumeTextMaxBytes * 2 <= l.socketBacklogMaxBytes,
      'resumeTextMaxBytes must fit twice into socketBacklogMaxBytes',
    ],
    [
      l.participantsMax <= l.conversationDeliveriesBurst,
      'a message to participantsMax people must fit into conversationDeliveriesBurst',
    ],
    [l.heartbeatMs * 2 < l.silenceMaxMs, 'two heartbeats must fit into silenceMaxMs'],
    [l.expirySweepMs < 5_000, 'expirySweepMs must be below the promised five seconds'],
    [
      l.checkpointCommands + l.checkpointEntries < l.replayEntriesMax,
      'checkpointCommands and checkpointEntries must be below replayEntriesMax',
    ],
    [
      l.appendDeadlineMs + l.lastWordsMs <= 6_000,
      'appendDeadlineMs and lastWordsMs must end a server within six seconds of a failed disk',
    ],
    [
      l.archiveLateMs < l.archiveDeadlineMs && l.archiveDeadlineMs <= l.archiveWalkDeadlineMs,
      'archiveLateMs must be below archiveDeadlineMs, and that not above archiveWalkDeadlineMs',
    ],
    [l.frameEntriesMax <= l.pendingEntriesMax, 'frameEntriesMax must not exceed pendingEntriesMax'],
    [l.importBatchEntities <= l.directoryBatchMax, 'importBatchEntities must not exceed directoryBatchMax'],
    [l.mailConnectMs < l.mailDeadlineMs, 'mailConnectMs must be below mailDeadlineMs'],
    [l.mailRetryMinMs <= l.mailRetryMaxMs, 'mailRetryMinMs must not exceed mailRetryMaxMs'],
    [l.mailMessagesMax <= l.mailEntriesMax, 'mailMessagesMax must not exceed mailEntriesMax'],
    [l.diskReadOnlyBelowBytes < l.diskWritableAboveBytes, 'the disk watermarks must leave a gap'],
    [
      l.diskReadOnlyBelowBytes + l.ballastBytes < l.diskWritableAboveBytes,
      'ballastBytes given back must not lift the disk from diskReadOnlyBelowBytes above diskWritableAboveBytes',
    ],
    [
      l.journalSegmentBytes * 2 <= l.diskReadOnlyBelowBytes && l.journalSegmentBytes < l.ballastBytes,
      'two of journalSegmentBytes must fit below the watermark, and one into ballastBytes',
    ],
  ];
  for (const [holds, text] of rules) if (!holds) throw new Error(`limits contradict each other: ${text}`);
}
