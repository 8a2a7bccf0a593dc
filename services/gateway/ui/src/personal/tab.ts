import { newId } from '@/app/ids';

/** The name of this browser tab, so that it knows what it has said itself. New with every load. */
export const TAB: string = newId().slice(-12);
