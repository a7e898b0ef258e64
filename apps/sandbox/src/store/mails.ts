import { newId } from "../ids.ts";
import { all, one, type Store } from "./open-store.ts";

export interface MailAddress {
  Name: string;
  Address: string;
}

/** What lists show of a mail, in Mailpit's names. */
export interface MailSummary {
  MessageID: string;
  From: MailAddress;
  To: MailAddress[];
  Cc: MailAddress[];
  Bcc: MailAddress[];
  ReplyTo: MailAddress[];
  Subject: string;
  Attachments: number;
  Snippet: string;
}

/** Fields that a search can name. */
export const SEARCH_FIELDS = ["from", "to", "cc", "bcc", "subject", "message-id", "text"] as const;

/** What a search looks through, in lower case. */
export type MailSearch = Record<(typeof SEARCH_FIELDS)[number], string>;

/** A text that must be in the mail, in lower case; in this field of it, if one is named. */
export interface SearchTerm {
  field: keyof MailSearch | undefined;
  text: string;
}

export interface Mail {
  id: string;
  createdAt: number;
  isRead: boolean;
  size: number;
  summary: MailSummary;
}

interface MailRow {
  id: string;
  created_at: number;
  is_read: number;
  size: number;
  summary: string;
}

const COLUMNS = "id, created_at, is_read, size, summary";

function toMail(row: MailRow): Mail {
  return {
    id: row.id,
    createdAt: row.created_at,
    isRead: row.is_read === 1,
    size: row.size,
    summary: JSON.parse(row.summary),
  };
}

export type Mails = ReturnType<typeof createMails>;

/** The statements on mails. */
export function createMails(store: Store) {
  const insert = store.prepare(
    "insert into mails (id, created_at, size, search, summary, raw) values (?, ?, ?, ?, ?, ?)",
  );
  const newest = store.prepare(`select ${COLUMNS} from mails order by created_at desc, rowid desc limit ? offset ?`);
  const counts = store.prepare("select count(*) as total, count(*) filter (where is_read = 0) as unread from mails");
  const byId = store.prepare(`select ${COLUMNS} from mails where id = ?`);
  const rawById = store.prepare("select raw from mails where id = ?");
  const read = store.prepare("update mails set is_read = 1 where id = ?");
  const remove = store.prepare("delete from mails where id = ?");
  const removeAll = store.prepare("delete from mails");

  return {
    create(mail: { summary: MailSummary; search: MailSearch; raw: Uint8Array }, now: number): string {
      const id = newId.mail();
      insert.run(id, now, mail.raw.byteLength, JSON.stringify(mail.search), JSON.stringify(mail.summary), mail.raw);
      return id;
    },

    list(limit: number, start: number): Mail[] {
      return all<MailRow>(newest, limit, start).map(toMail);
    },

    /** Mails in which every term is found, the newest first. */
    search(terms: readonly SearchTerm[], limit: number, start: number): { mails: Mail[]; total: number } {
      const where = terms.map(() => "instr(search ->> ?, ?) > 0").join(" and ") || "true";
      const values = terms.flatMap(({ field, text }) => [field === undefined ? "$" : `$."${field}"`, text]);
      const rows = store.prepare(
        `select ${COLUMNS} from mails where ${where} order by created_at desc, rowid desc limit ? offset ?`,
      );
      const total = store.prepare(`select count(*) as n from mails where ${where}`);
      return {
        mails: all<MailRow>(rows, ...values, limit, start).map(toMail),
        total: one<{ n: number }>(total, ...values)?.n ?? 0,
      };
    },

    counts(): { total: number; unread: number } {
      return one<{ total: number; unread: number }>(counts) ?? { total: 0, unread: 0 };
    },

    /** @param id - or `latest`. */
    find(id: string): Mail | undefined {
      if (id === "latest") return all<MailRow>(newest, 1, 0).map(toMail)[0];
      const row = one<MailRow>(byId, id);
      return row && toMail(row);
    },

    raw(id: string): Uint8Array | undefined {
      return one<{ raw: Uint8Array }>(rawById, id)?.raw;
    },

    markRead(id: string): void {
      read.run(id);
    },

    /** Deletes these, or all if none is named. */
    remove(ids: readonly string[]): void {
      if (ids.length === 0) removeAll.run();
      else for (const id of ids) remove.run(id);
    },
  };
}
