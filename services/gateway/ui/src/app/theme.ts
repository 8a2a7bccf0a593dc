import { createTheme, type MantineColorsTuple } from '@mantine/core';
import type { SyntheticEvent } from 'react';

const nitka: MantineColorsTuple = [
  '#e8f5f2', '#d2e9e4', '#a6d4ca', '#77beb0', '#52ab9a', '#379c8a', '#218875', '#0f7565', '#0b6558', '#06463d',
]; // prettier-ignore

/** Greys with the house's touch of green, so that menus and fields belong to the dark screen. */
const dark: MantineColorsTuple = [
  '#e4e9e7', '#c4cdc9', '#9aa7a2', '#7d8a86', '#2f3a37', '#2b3432', '#1e2524', '#171d1c', '#121716', '#0c1110',
]; // prettier-ignore

const gray: MantineColorsTuple = [
  '#f7f6f3', '#f1efe9', '#e8e5dd', '#dcd8ce', '#cfcbc1', '#a5a299', '#7d807a', '#5b6662', '#3d4643', '#1d2523',
]; // prettier-ignore

/** What is typed into the field of a choice takes the place of what was chosen. */
function replaceAll({ currentTarget: field }: SyntheticEvent<HTMLInputElement>): void {
  if (!field.readOnly) field.select();
}

export const theme = createTheme({
  primaryColor: 'nitka',
  primaryShade: { light: 8, dark: 7 },
  colors: { nitka, gray, dark },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '11px', xl: '16px' },
  headings: { fontWeight: '620' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Input: { defaultProps: { attributes: { input: { dir: 'auto' } } } },
    PillsInputField: { defaultProps: { dir: 'auto' } },
    Select: { defaultProps: { onFocus: replaceAll, onClick: replaceAll } },
    Tooltip: { defaultProps: { openDelay: 450, withArrow: false, fz: 'xs', py: 4, px: 8 } },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md', position: 'bottom-end', transitionProps: { duration: 90 } } },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 90 } } },
    Button: { defaultProps: { fw: 550 } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 32 } },
    Modal: { styles: { title: { fontWeight: 620 } }, defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 } } },
  },
});
