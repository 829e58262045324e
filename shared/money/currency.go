package money

// The codes of ISO 4217 list one that are money (no metals, units of account or test codes), with those that retired
// since 2020 and still ride in old orders (ANG, BGN, CUC, HRK, SLL, ZWL). Each list is sorted and its entries are four
// bytes wide, so that a look-up is a binary search in read-only data and the start of a function pays nothing.
// Source: ISO 4217:2015 with amendments to 177, as in OpenJDK's java.util.Currency; UYW from amendment 169.
const (
	twoDigits = "" +
		"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF " +
		"CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK " +
		"HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
		"MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP " +
		"SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER " +
		"ZAR ZMW ZWG ZWL "
	noDigits    = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "
	threeDigits = "BHD IQD JOD KWD LYD OMR TND "
	fourDigits  = "CLF UYW "
)

// Exponent is the number of decimal places of an ISO 4217 code (USD 2, JPY 0, KWD 3). It is false for anything that
// is no such code; codes are upper case.
func Exponent(currency string) (int, bool) {
	switch {
	case len(currency) != 3:
		return 0, false
	case listed(twoDigits, currency):
		return 2, true
	case listed(noDigits, currency):
		return 0, true
	case listed(threeDigits, currency):
		return 3, true
	case listed(fourDigits, currency):
		return 4, true
	}
	return 0, false
}

// listed searches a sorted list of four-byte entries.
func listed(list, code string) bool {
	lo, hi := 0, len(list)/4
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid*4:mid*4+3] < code {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(list)/4 && list[lo*4:lo*4+3] == code
}
