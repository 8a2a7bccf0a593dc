/** What this browser remembers about how its user likes the screen. */
import { useLocalStorage } from '@mantine/hooks';

function useFlag(key: string, defaultValue: boolean) {
  return useLocalStorage<boolean>({ key, defaultValue, getInitialValueInEffect: false });
}

export const useCustomerPanelOpen = () => useFlag('nitka.customer.open', true);
export const useSectionOpen = (name: string, open: boolean) => useFlag(`nitka.customer.section.${name}`, open);
