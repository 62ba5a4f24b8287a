/** What the API of this page sends, where the generated types do not have it. */
import type {
  AttemptState,
  Grading,
  LatePolicy,
  Role,
  TakeoverPolicy,
} from "protocol";

export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

export type Status = "draft" | "published" | "archived";

export interface ExamSummary {
  exam: string;
  title: string;
  status: Status;
  paper: string;
  opens_at: number;
  window_end: number;
  closes_at: number;
  duration_ms: number;
  candidates: number;
  states: Partial<Record<AttemptState, number>>;
}

export interface ExamView extends ExamSummary {
  grace_ms: number;
  late_policy: LatePolicy;
  takeover: TakeoverPolicy;
  heartbeat_period_s: number;
  created_by: string;
  created_at: number;
  frozen: string[];
  halls: string[];
  groups: string[];
  granted_ms: number;
  paused_since: number | null;
  ended_at: number | null;
}

export interface CandidateRow {
  candidate: string;
  name: string;
  hall: string;
  group: string;
  factor_permille: number;
  extension_ms: number;
  attempt: string;
  state: AttemptState;
}

export interface Finding {
  line: number;
  column: string;
  code: string;
  message: string;
  severity?: "error" | "warning" | "info";
}

export interface RosterReport {
  rows: number;
  new: number;
  changed: number;
  unchanged: number;
  errors: Finding[];
  warnings: Finding[];
  omitted: number;
  committed: boolean;
}

export interface BankReport {
  committed: boolean;
  rows: number;
  accepted: number;
  updated: number;
  unchanged: number;
  skipped: number;
  problems: Finding[];
  problems_omitted?: number;
}

export interface BankSummary {
  bank: string;
  questions: number;
  kinds: Record<string, number>;
  changed_at: number | null;
}

export interface PaperSummary {
  paper: string;
  title: string;
  bank?: string | null;
  questions: number;
  maximum: string;
  created_at: number;
}

export interface Slip {
  candidate: string;
  name: string;
  hall: string;
  group: string;
  code: string;
  attempt: string;
}

export interface ResultRow {
  attempt: string;
  candidate: string;
  state: AttemptState;
  grading: Grading;
  name?: string;
  hall?: string;
  group?: string;
  started_at?: number | null;
  closed_at?: number | null;
  whole?: { total: string; maximum: string; counts: Record<string, number> } | null;
  waiting?: string[];
}

export interface Account {
  id: string;
  login: string;
  role: Role;
  name: string;
  exams: string[];
  halls: string[];
  disabled: boolean;
  created_at: number;
}

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  exams: string[];
  halls: string[];
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface Webhook {
  id: string;
  url: string;
  types: string[];
  exams: string[];
  active: boolean;
  failing_since?: number | null;
  disabled_reason?: string;
}
