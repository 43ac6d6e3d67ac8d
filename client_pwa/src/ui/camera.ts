/** The camera at the back of the device, for as long as a code is looked for; its pictures go nowhere. */
import { qrReader, type QrReader } from './qr.ts';

/** Why there is nothing to see. */
export type CameraProblem = 'refused' | 'none';

const WIDTH_PX = 1280;
const LOOK_AGAIN_MS = 120;

export class Camera {
  readonly #video: HTMLVideoElement;
  readonly #canvas = document.createElement('canvas');
  #stream: MediaStream | null = null;
  #timer: number | undefined;
  #stopped = false;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** Looks until a code is seen, and then stops; answers why it cannot, or null. */
  async start(seen: (text: string) => void): Promise<CameraProblem | null> {
    const read = await qrReader();
    if (this.#hasStopped()) return null;
    try {
      this.#stream = await openStream();
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      return name === 'NotAllowedError' ? 'refused' : 'none';
    }
    // Left while the browser was asking whether the camera may be used.
    if (this.#hasStopped()) this.stop();
    else this.#show(read, seen);
    return null;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
  }

  /** Asked anew after every wait. */
  #hasStopped(): boolean {
    return this.#stopped;
  }

  #show(read: QrReader, seen: (text: string) => void): void {
    this.#video.srcObject = this.#stream;
    void this.#video.play().catch(() => undefined);
    this.#look(read, seen);
  }

  #look(read: QrReader, seen: (text: string) => void): void {
    const picture = this.#picture();
    const text = picture && read(picture);
    if (text === null) {
      this.#timer = window.setTimeout(() => {
        this.#look(read, seen);
      }, LOOK_AGAIN_MS);
      return;
    }
    this.stop();
    seen(text);
  }

  /** Null before the first picture has come. */
  #picture(): ImageData | null {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (width === 0 || height === 0) return null;
    Object.assign(this.#canvas, { width, height });
    const drawing = this.#canvas.getContext('2d', { willReadFrequently: true });
    drawing?.drawImage(this.#video, 0, 0, width, height);
    return drawing?.getImageData(0, 0, width, height) ?? null;
  }
}

function openStream(): Promise<MediaStream> {
  // Without HTTPS, or in a browser without cameras, there is no such thing.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) return Promise.reject(new Error('No cameras here.'));
  const video = { facingMode: 'environment', width: { ideal: WIDTH_PX } };
  return devices.getUserMedia({ video, audio: false });
}
