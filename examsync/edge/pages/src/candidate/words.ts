/** Every word of the candidate's page. To translate it, translate this file. */
import type { AttemptState } from "protocol";
import type { Standing } from "./standing";

const s = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const WORDS = {
  brand: "ExamSync",
  entering: {
    title: "Enter your exam",
    code: "Access code",
    codeHint: "From your slip: 10 letters and digits. Capitals and dashes do not matter.",
    enter: "Enter",
    account: "Sign in with an account instead",
    byCode: "Enter with an access code instead",
    signIn: { title: "Sign in", login: "Login", password: "Password", button: "Sign in" },
    opening: "One moment…",
    notCandidate: (role: string) =>
      `This page is for candidates; you are signed in as ${role}. Use the monitor or admin page.`,
    signOut: "Sign out",
    again: "Try again",
  },
  exams: {
    title: "Your exams",
    none: "There is no exam for you here. If there should be, tell the examiner.",
    window: (from: string, until: string) => `Open ${from} – ${until}`,
    lasts: (length: string) => `${length} from the start`,
    go: "Go to the exam",
    on: "Go on",
    results: "See results",
    states: {
      not_started: "Not started",
      in_progress: "In progress",
      paused: "Paused",
      submitted: "Handed in",
      expired: "Ended: time was up",
      terminated: "Ended by an examiner",
      absent: "Not attended",
    } satisfies Record<AttemptState, string>,
  },
  ready: {
    title: "Before you start",
    opens: (at: string) => `The exam opens at ${at}.`,
    opensIn: "Opens in",
    start: "Start the exam",
    starting: "Starting…",
    rules: (length: string | null): string[] => [
      length
        ? `Your time is ${length}. It starts when you press “Start the exam” and runs on the ` +
          "server: closing this page does not stop it."
        : "Your time starts when you press “Start the exam” and runs on the server: " +
          "closing this page does not stop it.",
      "Every answer is saved by itself. The line at the top says where it lies: on this device, " +
        "or on the server.",
      "If the connection breaks, keep working. Answers are kept on this device and sent when it " +
        "is back. Do not clear the browser's data.",
      "Leaving this page, another window, leaving full screen, copying, pasting and printing are " +
        "noted for the examiner as signals.",
      "You can change answers until you hand in. What is answered and marked for review is " +
        "evaluated.",
    ],
    understood: "I have read this.",
    first: "Tick the box first.",
  },
  header: {
    timeLeft: "Time left",
    hide: "Hide",
    show: "Show time",
    warn: (minutes: number) => `${s(minutes, "minute")} left.`,
    over: "Time is up",
    help: "Help",
    fullScreen: "Full screen",
    leaveFullScreen: "Leave full screen",
    hand: "Raise hand",
    lowerHand: "Lower hand",
    handIsUp: "Your hand is up.",
    more: "More",
    contrast: "Text size",
  },
  save: {
    allSaved: "All answers saved",
    saved: (at: string) => `Saved on the server ${at}`,
    onDevice: (n: number) => `${s(n, "answer")} kept on this device, not on the server yet`,
    deviceAt: (at: string) => `kept at ${at}`,
    sending: "Saving…",
    nothing: "Nothing to save yet",
    memoryOnly:
      "This browser keeps nothing on disk: answers that are not on the server are lost if you " +
      "close this page.",
    connected: "Connected",
    over: "The exam is over",
    connecting: "Connecting…",
    reconnecting: (n: number) => (n > 0 ? `Reconnecting (${n})…` : "Reconnecting…"),
    offline: "Offline",
    item: {
      device: "On this device",
      saved: "Saved",
      refused: "Not accepted",
      unsaved: "NOT saved",
    },
  },
  banners: {
    paused: "The exam is paused. Your clock stands still; nothing can be changed until it goes on.",
    full: "This device cannot keep more unsent answers. Reconnect before you go on.",
    lost: "Another device is writing this exam now. What you see here can no longer be changed.",
    takeBack: "Continue on this device",
    takeBackAsk:
      "The other device will stop writing. What it has saved is kept. Continue here?",
    takeoverWait: "An examiner has to approve this device. Please wait: it goes on by itself.",
    otherTab: "This exam is open in another tab of this browser. Go on there, or close it.",
    useHere: "Use this tab",
    refused: (n: number) => `${s(n, "answer was", "answers were")} not accepted by the server.`,
    show: "Show",
    draining: "The server is changing over; your answers are kept meanwhile.",
    timeChanged: (at: string) => `Your time was changed: it ends at ${at} now.`,
  },
  notices: {
    title: "Message from the examiner",
    read: "I have read it",
    sent: (at: string) => `Sent at ${at}`,
  },
  question: {
    of: (n: number, total: number) => `Question ${n} of ${total}`,
    marks: (marks: string, negative: string) =>
      negative !== "0" && negative !== ""
        ? `${marks} marks, ${negative} off for a wrong answer`
        : marks === "1"
          ? "1 mark"
          : `${marks} marks`,
    one: "Choose one.",
    several: "Choose all that apply.",
    number: "Your answer, a number",
    numberHint: "Such as 12, -0.3, 1.5 or 2/3",
    notNumber: "This does not look like a number. It is saved as you typed it.",
    short: "Your answer",
    long: "Your answer",
    count: (w: number, c: number, max: number) => `${s(w, "word")}, ${c} of ${max} characters`,
    true: "True",
    false: "False",
    mark: "Mark for review",
    unmark: "Marked for review",
    clear: "Clear answer",
    nothingToClear: "There is nothing to clear.",
    previous: "Previous",
    next: "Next",
    first: "This is the first question.",
    last: "This is the last question.",
    image: (n: number) => `Picture of question ${n}`,
    paused: "The exam is paused.",
    over: "Time is up.",
    elsewhere: "Another device writes this exam.",
  },
  palette: {
    title: "Questions",
    close: "Close the list of questions",
    filters: { all: "All", unanswered: "To do", marked: "Marked" },
    none: "None.",
    legend: "What the shapes mean",
    standing: {
      unseen: "not visited",
      unanswered: "not answered",
      answered: "answered",
      marked: "marked for review, not answered",
      answered_marked: "answered and marked, will be evaluated",
    } satisfies Record<Standing, string>,
    label: (n: number, standing: string) => `Question ${n}, ${standing}`,
    answered: (n: number, total: number) => `${n} of ${total} answered`,
  },
  submit: {
    button: "Hand in",
    title: "Hand in your exam?",
    text: "After handing in nothing can be changed.",
    left: (n: number) => `${s(n, "question is", "questions are")} not answered.`,
    waiting: (n: number) =>
      `${s(n, "answer is", "answers are")} still on the way. Handing in waits for them.`,
    offline:
      "You are offline. Your hand-in is kept on this device and sent as soon as the connection " +
      "is back. Do not close this page.",
    columns: ["Section", "Answered", "Marked too", "Only marked", "Not answered", "Not visited"],
    total: "Together",
    yes: "Hand in now",
    no: "Go back",
    sending: "Handing in…",
    timeUp: "Time is up. Your answers are being handed in.",
  },
  ended: {
    titles: {
      submitted: "Handed in",
      expired: "Time is up",
      terminated: "The exam was ended by an examiner",
      absent: "The exam is over",
      not_started: "",
      in_progress: "",
      paused: "",
    } satisfies Record<AttemptState, string>,
    thanks: "Your answers are with the examiners. You may close this page.",
    waiting: (n: number) =>
      `${s(n, "message")} of yours still on the way: keep this page open until this line is gone.`,
    durable: "Everything has reached the server and is stored for good.",
    reason: "Reason",
    at: "Ended at",
    answered: "Answered",
    receipt: "Receipt",
    receiptHint: "Proves that you handed in, and when. Keep it or write it down.",
    copy: "Copy",
    copied: "Copied.",
    save: "Save as a file",
    results: "Results",
    notYet: "Results are shown here when the examiners release them.",
    released: "Your results are there.",
    show: "Show results",
    again: "Look again",
    back: "Back to your exams",
  },
  results: {
    title: "Your results",
    total: "Total",
    section: "Section",
    marks: "Marks",
    question: "Question",
    yours: "Your answer",
    right: "Right answer",
    picture: "Picture of the question",
    why: "Explanation",
    none: "no answer",
    outcomes: {
      correct: "Right",
      partial: "Partly right",
      incorrect: "Wrong",
      unanswered: "Not answered",
      manual: "Waits for a marker",
      dropped: "Question dropped",
    } as Record<string, string>,
  },
  help: {
    title: "Help",
    keys: [
      ["1 – 9 or A – I", "choose an option (while the question has the focus)"],
      ["M", "mark for review"],
      ["Alt + Shift + N", "next question"],
      ["Alt + Shift + P", "previous question"],
      ["Alt + Shift + Q", "to the question"],
    ] as [string, string][],
    words: [
      ["On this device", "Kept in this browser. It is sent by itself as soon as possible."],
      ["Saved on the server", "The server has it, safely. It counts."],
      ["Signal", "A note to the examiner that something happened here, such as another window."],
    ] as [string, string][],
    close: "Close",
  },
  refused: {
    title: "Not accepted",
    text: "The server did not take these. Show this to an examiner; what arrived is kept there.",
    columns: ["Question", "Your answer", "Why"],
  },
};
