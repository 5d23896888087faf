package quantity

import "time"

// MarshalText writes the number in plain digits, as [Decimal.String] does.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDecimal] reads.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

// MarshalText writes the day year-month-day.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDate] reads.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// MarshalText writes the instant in UTC: 2025-06-04T04:01Z.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.Format(time.UTC)), nil }

// UnmarshalText reads what [ParseInstant] reads.
func (i *Instant) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInstant(string(text))
	return err
}

// MarshalText writes the amount and the unit; nothing for the zero value.
func (q Quantity) MarshalText() ([]byte, error) {
	if q.Unit == "" && q.Amount.IsZero() {
		return nil, nil
	}
	return []byte(q.String()), nil
}

// UnmarshalText reads what [ParseQuantity] reads, and nothing as the zero value.
func (q *Quantity) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*q = Quantity{}
		return nil
	}
	*q, err = ParseQuantity(string(text))
	return err
}

// MarshalText writes the amount and the currency; nothing for the zero value.
func (m Money) MarshalText() ([]byte, error) {
	if m.Currency == "" && m.Amount.IsZero() {
		return nil, nil
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what [ParseMoney] reads, and nothing as the zero value.
func (m *Money) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*m = Money{}
		return nil
	}
	*m, err = ParseMoney(string(text))
	return err
}
