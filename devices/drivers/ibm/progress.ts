/** What a person who waits wants to hear. The service tells no position in the queue, only its length and waits. */
export type IbmProgress =
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "submitted"; readonly tag: string; readonly job: string; readonly found_by_tag: boolean }
  | {
      readonly kind: "waiting";
      readonly tag: string;
      readonly job: string;
      readonly state: string;
      readonly waited_s: number;
      /** Jobs in the device's queue; null when it could not be asked. */
      readonly queue_length: number | null;
      /** Of the device's recent jobs, s. */
      readonly wait_s: {
        readonly average: number | null;
        readonly p50: number | null;
        readonly p95: number | null;
      } | null;
    }
  | {
      readonly kind: "trouble";
      readonly tag: string;
      readonly code: string;
      readonly message: string;
      readonly again_in_s: number;
    }
  | { readonly kind: "surplus"; readonly tag: string; readonly job: string }
  | { readonly kind: "ended"; readonly tag: string; readonly state: string }
  | { readonly kind: "stored"; readonly tag: string; readonly file: string; readonly bytes: number };

export type OnProgress = (event: IbmProgress) => void;
