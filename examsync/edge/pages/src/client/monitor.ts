/** The examiner's client: `openMonitor`. */
import type { ExamMonitor, MonitorOptions } from "./monitor-types";

export * from "./monitor-types";

export declare function openMonitor(options: MonitorOptions): ExamMonitor;
