import { Combobox, Pill, PillsInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { ContactPoint, CustomerCard } from '@/api/types';
import { contactName } from '@/app/people';
import classes from './AddressInput.module.css';
import { parseRecipients, point, unique, without } from './recipients';

interface Props {
  label: string;
  value: readonly ContactPoint[];
  onChange: (points: ContactPoint[]) => void;
  /** What stands in the field and is no address: the mail must not leave without it. */
  onBad: (text: string) => void;
  placeholder?: string;
  autoFocus?: boolean;
}

/** Mail addresses as chips: typed, pasted, or found among the customers. */
export function AddressInput({ label, value, onChange, onBad, placeholder, autoFocus }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  const store = useCombobox({ onDropdownClose: () => store.resetSelectedOption() });
  const { customers, settled } = useFoundCustomers(text);
  const found = customers.filter((each) => !value.some((known) => known.value === each.value));
  const likely = settled ? likeliest(text, found) : -1;
  const offered = found.map((each) => each.value).join(' ');
  const { dropdownOpened, selectOption, resetSelectedOption } = store;
  useEffect(() => {
    if (!dropdownOpened) return;
    if (likely < 0) resetSelectedOption();
    else selectOption(likely);
  }, [dropdownOpened, offered, likely, selectOption, resetSelectedOption]);

  const tellBad = useRef(onBad);
  tellBad.current = onBad;
  useEffect(() => () => tellBad.current(''), []); // what stood in it goes with the field

  const take = (typed: string) => {
    const { points, bad: rest } = parseRecipients(typed);
    if (points.length > 0) onChange(unique([...value, ...points]));
    setText(rest.join(', '));
    setBad(rest.length > 0);
    onBad(rest.join(', '));
    if (rest.length === 0) store.closeDropdown(); // who was meant may still be found
  };
  const type = (typed: string) => {
    if (/[,;\n]/.test(typed) && !/"[^"]*$/.test(typed)) return take(typed);
    setText(typed);
    setBad(false);
    onBad(typed.trim());
    store.openDropdown();
    return undefined;
  };
  return (
    <Combobox
      store={store}
      onOptionSubmit={(address) => {
        const chosen = found.find((each) => each.value === address);
        if (chosen) onChange(unique([...value, chosen]));
        setText('');
        setBad(false);
        onBad('');
        store.closeDropdown();
      }}
    >
      <Combobox.DropdownTarget>
        <PillsInput variant="unstyled" size="xs" className={classes.input} error={bad ? t('recipients.bad', { text }) : undefined}>
          <Pill.Group gap={4}>
            {value.map((each) => (
              <Pill
                key={each.value}
                withRemoveButton
                className={classes.pill}
                title={each.value}
                onRemove={() => onChange(without(value, each.value))}
                removeButtonProps={{ 'aria-label': t('recipients.remove', { name: each.value }), 'aria-hidden': false, tabIndex: 0 }}
              >
                {contactName(each)}
              </Pill>
            ))}
            <Combobox.EventsTarget>
              <PillsInput.Field
                value={text}
                aria-label={label}
                aria-invalid={bad}
                placeholder={value.length === 0 ? placeholder : ''}
                autoFocus={autoFocus}
                data-autofocus={autoFocus || undefined}
                className={classes.field}
                onChange={(event) => type(event.currentTarget.value)}
                onPaste={(event) => {
                  const pasted = event.clipboardData.getData('text');
                  if (!pasted.includes('@')) return;
                  event.preventDefault();
                  take(`${text} ${pasted}`);
                }}
                onBlur={() => {
                  take(text);
                  store.closeDropdown();
                }}
                onKeyDown={(event) => {
                  if (event.nativeEvent.isComposing) return;
                  if (event.key === 'Backspace' && text === '' && value.length > 0) onChange(value.slice(0, -1));
                  const marked = store.dropdownOpened && store.getSelectedOptionIndex() >= 0;
                  if (event.key === 'Tab' && !event.shiftKey && marked) {
                    event.preventDefault();
                    store.clickSelectedOption();
                  }
                  if (event.key !== 'Enter') return;
                  if (event.ctrlKey || event.metaKey) {
                    store.closeDropdown(); // it sends, and to nobody whom the agent has not taken
                    take(text);
                  } else if (!marked) {
                    event.preventDefault();
                    take(text);
                  }
                }}
              />
            </Combobox.EventsTarget>
          </Pill.Group>
        </PillsInput>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown hidden={found.length === 0 || text.trim() === ''}>
        <Combobox.Options aria-label={label}>
          {found.map((each) => (
            <Combobox.Option key={each.value} value={each.value} className={classes.option}>
              <span dir="auto" className="n-clip">{contactName(each)}</span>
              {each.name ? <span className={`${classes.address} n-clip`}>{each.value}</span> : null}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

const FEW = 6;

/** Which of the customers Enter takes; none where what is typed is an address that none of them has. */
function likeliest(text: string, found: readonly ContactPoint[]): number {
  const { points, bad } = parseRecipients(text);
  if (bad.length > 0) return Math.min(0, found.length - 1);
  return found.findIndex((each) => each.value === points[0]?.value);
}

/** Mail addresses of customers who fit what is typed; `settled`: what stands there now was searched for. */
function useFoundCustomers(text: string): { customers: ContactPoint[]; settled: boolean } {
  const typed = text.trim();
  const [query] = useDebouncedValue(typed, 150);
  const { data = [], isPlaceholderData } = useQuery({
    queryKey: ['customers', 'search', query] as const,
    queryFn: ({ signal }) => get<CustomerCard[]>('/customers', { q: query }, signal),
    enabled: query.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  if (typed.length < 2) return { customers: [], settled: false };
  const points = data.flatMap((card) => card.contacts.filter((each) => each.kind === 'email').map((each) => point(each.value, each.name ?? card.name)));
  return { customers: unique(points).slice(0, FEW), settled: query === typed && !isPlaceholderData };
}
