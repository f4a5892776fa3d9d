import { isIPv4, isIPv6 } from 'node:net'

type FormatCheck = (value: string) => boolean

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const hostname = /^([a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.?$/
const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}([.,]\d+)?([Zz]|[+-]\d{2}:?\d{2})$/
const goDuration = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/
const wordDuration = /^(\d+(\.\d+)? *(ns|nano|us|µs|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s? *)+$/i

function version(digit: string): FormatCheck {
  return (value) => uuid.test(value) && value.replaceAll('-', '')[12] === digit
}

/** Formats that CRD validation knows; all others are only remarks. */
export const formats: { readonly [name: string]: FormatCheck | undefined } = {
  'date-time': isDateTime,
  datetime: isDateTime,
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`)),
  duration: (value) => value === '0' || goDuration.test(value) || wordDuration.test(value),
  byte: (value) => base64.test(value),
  uri: isUri,
  email: (value) => /^[^\s@<>]+@[^\s@<>]+$/.test(value),
  hostname: (value) => value.length <= 255 && hostname.test(value),
  ipv4: (value) => isIPv4(value),
  ipv6: (value) => isIPv6(value),
  cidr: isCidr,
  mac: (value) => /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2})$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(value),
  uuid: (value) => uuid.test(value),
  uuid3: version('3'),
  uuid4: version('4'),
  uuid5: version('5'),
  hexcolor: (value) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value),
  bsonobjectid: (value) => /^[0-9a-f]{24}$/i.test(value),
}

function isDateTime(value: string): boolean {
  return dateTime.test(value) && !Number.isNaN(Date.parse(value.replace(' ', 'T').replace(',', '.')))
}

/** Absolute, or a path from the root. */
function isUri(value: string): boolean {
  return URL.canParse(value) || (value.startsWith('/') && !/\s/.test(value))
}

function isCidr(value: string): boolean {
  const [address = '', bits = '', ...rest] = value.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128)
}
