/** Two short, quiet tones, made here: no file, and nothing to load. */

const TONES = [
  { frequency: 660, at: 0 },
  { frequency: 880, at: 0.11 },
];
const SECONDS = 0.16;
const VOLUME = 0.07;

let context: AudioContext | undefined;

/** Browsers let a page sound only after its user has done something in it. */
export function play(): void {
  context ??= new AudioContext();
  void context.resume();
  for (const { frequency, at } of TONES) {
    const start = context.currentTime + at;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(VOLUME, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + SECONDS);
  }
}
