/**
 * @file The shapes that the workspace sends, as JSDoc types. Nothing runs here.
 */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name the handle
 * @property {string} real_name
 * @property {string} tz an IANA zone
 * @property {boolean} is_bot
 * @property {string} title
 * @property {string} color six hexadecimal digits
 */
/** @typedef {{id: string, handle: string, name: string, users: string[]}} Group */
/** @typedef {{id: string, title: string, link: string, emoji?: string}} Bookmark */
/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {string} name
 * @property {boolean} is_private
 * @property {boolean} is_im
 * @property {boolean} is_archived
 * @property {boolean} [is_member]
 * @property {string} topic
 * @property {string} purpose
 * @property {string[]} members
 * @property {string[]} pins timestamps of the pinned messages
 * @property {Bookmark[]} bookmarks
 * @property {number} [unread]
 * @property {string} [with] the other person of a direct message
 */
/**
 * @typedef {object} App
 * @property {string} id
 * @property {string} name
 * @property {string} bot_user_id
 * @property {boolean} connected
 * @property {boolean} home_tab whether it has one
 * @property {string} color six hexadecimal digits after a #
 */
/** @typedef {{command: string, description: string, usage_hint?: string}} Command */
/** @typedef {{name: string, type: "global"|"message", callback_id: string, description: string}} Shortcut */
/**
 * @typedef {object} Workspace what GET /play/state answers
 * @property {{id: string, name: string, domain: string}} team
 * @property {Person} me
 * @property {Person[]} people
 * @property {Group[]} groups
 * @property {Channel[]} channels
 * @property {App} app
 * @property {Command[]} commands
 * @property {Shortcut[]} shortcuts
 * @property {{scale: number}} clock simulated seconds per second
 */

/** @typedef {Record<string, any>} Block a block of Block Kit */
/** @typedef {Record<string, any>} Element an interactive element of Block Kit */
/** @typedef {Record<string, any>} Picked what an element holds, in the form of view.state.values */
/** @typedef {{type: "plain_text"|"mrkdwn", text: string}} Text */
/** @typedef {{name: string, count: number, users: string[]}} Reaction */
/**
 * @typedef {object} FileInfo
 * @property {string} id
 * @property {string} name
 * @property {string} url_private
 * @property {string} [title]
 * @property {string} [mimetype]
 * @property {string} [alt_txt]
 * @property {number} [size] bytes
 */
/**
 * @typedef {object} Message
 * @property {string} ts
 * @property {string} channel
 * @property {string} text
 * @property {string} [subtype]
 * @property {string} [thread_ts]
 * @property {string} [user]
 * @property {string} [bot_id]
 * @property {string} [username]
 * @property {Block[]} [blocks]
 * @property {{user?: string, ts: string}} [edited]
 * @property {Reaction[]} [reactions]
 * @property {FileInfo[]} [files]
 * @property {string[]} [pinned_to]
 * @property {boolean} [ephemeral]
 * @property {number} [reply_count]
 * @property {string[]} [reply_users]
 * @property {string} [latest_reply]
 */
/**
 * @typedef {object} View
 * @property {string} id
 * @property {string} hash
 * @property {"modal"|"home"} type
 * @property {Text} title
 * @property {Text} [submit]
 * @property {Text} [close]
 * @property {Block[]} blocks
 * @property {string} callback_id
 * @property {string|null} [previous_view_id]
 * @property {string|null} [root_view_id]
 */

/**
 * @typedef {object} Surface where blocks are shown, and what their elements may ask of it
 * @property {"message"|"modal"|"home"} kind
 * @property {(block: Block, element: Element) => Picked} held what the element holds now
 * @property {(block: Block, element: Element, picked: Picked, node: HTMLElement) => Promise<boolean>} pick
 *   records a choice and, where the app wants to hear of it, sends it; false when the person declined to confirm
 * @property {(block: Block, element: Element, text: string) => Promise<any>} suggest options of an external select
 */

export {};
